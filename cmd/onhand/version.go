package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(command.OutOrStdout(), "onhand %s\n", version())
			return err
		},
	}
}

// version returns the versions of the program and of Go.
func version() string { return bootstrap.Version + " " + runtime.Version() }
