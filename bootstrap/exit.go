package bootstrap

import (
	"errors"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// The exit codes of the program, beside 0 for success.
const (
	exitFailed = 1
	exitNewer  = 3 // the data are of a newer version; 2 is that of a Go program that crashes
)

// ExitCode returns the exit code for an error that ends the program.
func ExitCode(err error) int {
	_, format := errors.AsType[*ports.NewerFormatError](err)
	_, fact := errors.AsType[*event.UnknownTypeError](err)
	if format || fact {
		return exitNewer
	}
	return exitFailed
}
