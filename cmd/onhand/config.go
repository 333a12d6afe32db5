package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func configCommand() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "config",
		Short: "Check the settings and print all of them",
		Args:  cobra.NoArgs,
	}
	configFlag(command, &file)
	// inForce print the settings in force; known print every setting without reading any.
	inForce := map[string]func(bootstrap.Settings, io.Writer) error{
		"sources": bootstrap.Settings.PrintSources,
		"yaml":    func(s bootstrap.Settings, to io.Writer) error { return s.PrintYAML(to) },
	}
	known := map[string]func(io.Writer) error{
		"example":  bootstrap.PrintExample,
		"markdown": bootstrap.PrintTable,
		"rules":    bootstrap.PrintRules,
	}
	flags := command.Flags()
	flags.Bool("sources", false, "print the source of each value, too")
	flags.Bool("yaml", false, "print them as a file for --config")
	flags.Bool("example", false, "print a file of all settings with their defaults, as comments")
	flags.Bool("markdown", false, "print the tables of all settings in Markdown")
	flags.Bool("rules", false, "print the table of unsafe settings in Markdown")
	command.MarkFlagsMutuallyExclusive("sources", "yaml", "example", "markdown", "rules")
	command.RunE = func(command *cobra.Command, _ []string) error {
		for name, print := range known {
			if flags.Changed(name) {
				return print(command.OutOrStdout())
			}
		}
		settings, err := bootstrap.Load(file)
		if err != nil {
			return err
		}
		for _, unsafe := range settings.Unsafe {
			command.PrintErrln("not safe in production:", unsafe)
		}
		for _, ignored := range settings.Ignored {
			command.PrintErrln("ignored environment variable:", ignored)
		}
		for name, print := range inForce {
			if flags.Changed(name) {
				return print(settings, command.OutOrStdout())
			}
		}
		return settings.Print(command.OutOrStdout())
	}
	return command
}

// configFlag lets a command read settings from a file.
func configFlag(command *cobra.Command, file *string) {
	command.Flags().Var((*fileName)(file), "config", "YAML file of settings; the environment wins over it")
}

// fileName is a flag that must not be empty: an empty name most often comes from a variable
// that is not set, and the service would start with other settings than intended.
type fileName string

var errNoFileName = errors.New("the name of a file is missing")

func (f *fileName) String() string { return string(*f) }
func (f *fileName) Type() string   { return "string" }

func (f *fileName) Set(name string) error {
	if name == "" {
		return errNoFileName
	}
	*f = fileName(name)
	return nil
}
