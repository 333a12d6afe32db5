package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func serveCommand() *cobra.Command {
	var file string
	var acceptClock bool
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
			settings.AcceptClock = acceptClock
			os.Exit(bootstrap.Serve(settings, os.Stderr))
			return nil
		},
	}
	configFlag(command, &file)
	command.Flags().BoolVar(&acceptClock, "accept-clock", false,
		"for one start: the wall clock is right, although the log or the machine's clock says otherwise")
	return command
}
