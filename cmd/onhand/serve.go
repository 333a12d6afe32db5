package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve the API; settings come from the environment",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			config, err := bootstrap.ConfigFromEnvironment()
			if err != nil {
				return err
			}
			os.Exit(bootstrap.Serve(config, os.Stderr))
			return nil
		},
	}
}
