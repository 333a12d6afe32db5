package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(command *cobra.Command, _ []string) {
			command.Printf("onhand %s %s\n", bootstrap.Version, runtime.Version())
		},
	}
}
