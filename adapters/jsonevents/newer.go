package jsonevents

import (
	"errors"
	"fmt"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/ports"
)

// isNewer reports whether an error says that a newer version wrote a line, HEAD or LOCK.
func isNewer(err error) bool {
	_, is := errors.AsType[*logline.NewerError](err)
	return is
}

func isNewerFormat(err error) bool {
	_, is := errors.AsType[*ports.NewerFormatError](err)
	return is
}

// newerAt makes such an error one of the port, and returns any other as it is.
func newerAt(location string, err error) error {
	if newer, is := errors.AsType[*logline.NewerError](err); is {
		return &ports.NewerFormatError{Location: location, Format: newer.Format, Known: logline.Format}
	}
	return err
}

// refuseNewer fails with a *ports.NewerFormatError if a newer version wrote HEAD or LOCK. It changes
// nothing: a start or verification asks before it opens an index, which would delete a newer one.
func refuseNewer(lock *processlock.Lock, file headFile) error {
	if err := newerAt(lock.Name(), lock.CheckFormat()); err != nil {
		return fmt.Errorf("read LOCK: %w", err)
	}
	if _, _, err := file.read(); isNewerFormat(err) {
		return err
	}
	return nil // the start finds any other fault by itself
}
