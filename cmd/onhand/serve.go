package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func serveCommand() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API; settings come from the environment and a file",
		Long:  "Serve the API until SIGTERM or SIGINT.\n\n" + bootstrap.SettingsHelp(),
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			settings, err := bootstrap.Load(file)
			if err != nil {
				return err
			}
			os.Exit(bootstrap.Serve(settings, os.Stderr))
			return nil
		},
	}
	configFlag(command, &file)
	return command
}
