package jsondocuments

import (
	"fmt"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// orOS returns the machine's file system in place of a nil disk.
func orOS(disk durablefile.Disk) durablefile.Disk {
	if disk == nil {
		return durablefile.OS{}
	}
	return disk
}

// readOnlyIfFull makes the error of a full disk an ErrReadOnly.
func readOnlyIfFull(err error) error {
	if durablefile.IsFull(err) {
		return fmt.Errorf("%w: %w", ports.ErrReadOnly, err)
	}
	return err
}
