package event

import "fmt"

// UnknownTypeError is a fact in the log that this program does not know: a newer one wrote it.
type UnknownTypeError struct {
	Type Type
}

func (e *UnknownTypeError) Error() string {
	return fmt.Sprintf("unknown event %q: a newer version of Onhand wrote it", string(e.Type))
}
