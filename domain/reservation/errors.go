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
	return "the reservation expired at " + e.ExpiresAt.UTC().Format(time.RFC3339Nano) + ": reserve again"
}

// ClosedError refuses a command because the reservation has no units left for it.
type ClosedError struct {
	Status Status `json:"status"`
}

func (e *ClosedError) Error() string {
	if e.Status == HeldStatus {
		return "the reservation is held: only committed units can be returned, " +
			"and a reservation with committed units cannot be replaced"
	}
	return fmt.Sprintf("the reservation is %s: it has no units left for this request", e.Status)
}

// NotOwnerError refuses to replace the live hold of another owner.
type NotOwnerError struct{}

func (e *NotOwnerError) Error() string {
	return "the reservation belongs to another owner: send its own owner, or use another id"
}

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
	const shown = 3
	texts := make([]string, 0, shown)
	for _, l := range e.Lines[:min(len(e.Lines), shown)] {
		texts = append(texts, fmt.Sprintf("%s of %q in %s requested, but the reservation has %d (%d too many)",
			stock.Units(l.Requested), l.SKU, l.Store, l.Remaining, l.Requested-l.Remaining))
	}
	return stock.Listed("the request exceeds the reservation", len(e.Lines), texts)
}
