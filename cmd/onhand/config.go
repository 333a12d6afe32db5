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
	// What can be printed instead: of the settings in force, or, without reading any,
	// of all that there are.
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
	flags.Bool("sources", false, "print where each value comes from, too")
	flags.Bool("yaml", false, "print them as a file that --config takes")
	flags.Bool("example", false, "print such a file with all defaults, as comments, instead")
	flags.Bool("markdown", false, "print the table of all settings instead")
	flags.Bool("rules", false, "print the table of what is not safe instead")
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

// fileName is a flag that must name a file if it is given: an empty one is most
// often a variable that is not set, and would mean other settings than were asked for.
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
