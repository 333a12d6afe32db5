package main

import (
	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func verifyCommand() *cobra.Command {
	var dataDir string
	command := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole log of a stopped service; exit 1 on damage",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return bootstrap.Verify(dataDir, command.OutOrStdout())
		},
	}
	command.Flags().StringVar(&dataDir, "data-dir", "data", "the service's DATA_DIR")
	return command
}
