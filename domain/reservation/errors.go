package reservation

import (
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/stock"
)

// ErrNotFound means that the reservation has no history.
var ErrNotFound = errors.New("the reservation does not exist")

// ExpiredError refuses a command because the deadline has come.
type ExpiredError struct {
	ExpiresAt time.Time `json:"expiresAt"`
}

func (e *ExpiredError) Error() string {
	return "the reservation expired at " + e.ExpiresAt.UTC().Format(time.RFC3339Nano)
}

// ClosedError refuses a command because nothing of what it is about is left.
type ClosedError struct {
	Status Status `json:"status"`
}

func (e *ClosedError) Error() string {
	if e.Status == HeldStatus {
		return "the reservation is held: either nothing of it was committed that could come back, or a part was and it cannot be replaced"
	}
	return fmt.Sprintf("the reservation is %s", e.Status)
}

// NotOwnerError refuses to replace the live hold of another owner.
type NotOwnerError struct{}

func (e *NotOwnerError) Error() string { return "the reservation belongs to another owner" }

// Excess is a demand for more units of a line than there are.
type Excess struct {
	stock.Key
	Requested int64 `json:"requested"`
	Remaining int64 `json:"remaining"`
}

// ExceedsError refuses a command that asks for more than the reservation has; it
// lists every line where it does.
type ExceedsError struct {
	Lines []Excess `json:"lines"`
}

func (e *ExceedsError) Error() string {
	if len(e.Lines) == 1 {
		l := e.Lines[0]
		return fmt.Sprintf("%d of %q in %s, but the reservation has %d to give", l.Requested, l.SKU, l.Store, l.Remaining)
	}
	return fmt.Sprintf("more than the reservation has on %d lines", len(e.Lines))
}
