package transfer

import (
	"errors"
	"fmt"
)

// ErrNotFound means that the transfer has no history.
var ErrNotFound = errors.New("the transfer does not exist")

// ClosedError refuses a command because nothing is on its way any more, or
// because the transfer exists already.
type ClosedError struct {
	Status Status `json:"status"`
}

func (e *ClosedError) Error() string { return fmt.Sprintf("the transfer is %s", e.Status) }

// Excess is a number of units that is more than what is on its way.
type Excess struct {
	SKU       string `json:"sku"`
	Requested int64  `json:"requested"`
	Pending   int64  `json:"pending"`
}

// ExceedsError refuses to receive more than is on its way; it lists every line
// where that is so.
type ExceedsError struct {
	Lines []Excess `json:"lines"`
}

func (e *ExceedsError) Error() string {
	if len(e.Lines) == 1 {
		l := e.Lines[0]
		return fmt.Sprintf("%d of %q, but %d are on their way", l.Requested, l.SKU, l.Pending)
	}
	return fmt.Sprintf("more than is on its way on %d lines", len(e.Lines))
}
