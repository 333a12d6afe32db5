package main

import (
	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func configCommand() *cobra.Command {
	var markdown bool
	command := &cobra.Command{
		Use:   "config",
		Short: "Check the settings in the environment and print all of them",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if markdown {
				return bootstrap.PrintTable(command.OutOrStdout())
			}
			config, err := bootstrap.ConfigFromEnvironment()
			if err != nil {
				return err
			}
			return config.Print(command.OutOrStdout())
		},
	}
	command.Flags().BoolVar(&markdown, "markdown", false, "print the table of all settings instead")
	return command
}
