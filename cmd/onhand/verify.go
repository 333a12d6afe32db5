package main

import (
	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func verifyCommand() *cobra.Command {
	var dataDir, file string
	command := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole log of a stopped service; exit 1 on damage, 3 if a newer version wrote it",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if file != "" {
				var err error
				if dataDir, err = bootstrap.DataDir(file); err != nil {
					return err
				}
			}
			return bootstrap.Verify(dataDir, command.OutOrStdout())
		},
	}
	command.Flags().StringVar(&dataDir, "data-dir", "data", "data directory of the service")
	command.Flags().Var((*fileName)(&file), "config", "YAML file of the service's settings, which names the data directory")
	command.MarkFlagsMutuallyExclusive("data-dir", "config")
	return command
}
