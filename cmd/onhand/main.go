// Command onhand is the inventory service and its tools.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/onhand/onhand/bootstrap"
)

func main() {
	root := &cobra.Command{
		Use:           "onhand",
		Short:         "A consistency-first inventory service",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("onhand {{.Version}}\n")
	root.AddCommand(serveCommand(), verifyCommand(), configCommand(), versionCommand())
	if err := root.Execute(); err != nil {
		root.PrintErrln("onhand:", err)
		os.Exit(bootstrap.ExitCode(err))
	}
}
