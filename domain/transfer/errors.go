package transfer

import (
	"errors"
	"fmt"

	"github.com/onhand/onhand/domain/stock"
)

// ErrNotFound means that the transfer has no history.
var ErrNotFound = errors.New("the transfer does not exist")

// ClosedError refuses a command because the transfer has no units in transit any more, or
// because it exists already.
type ClosedError struct {
	Status Status `json:"status"`
}

func (e *ClosedError) Error() string {
	return fmt.Sprintf("the transfer is %s: it has no units in transit", e.Status)
}

// Excess is a number of units above those on their way.
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
	const shown = 3
	texts := make([]string, 0, shown)
	for _, l := range e.Lines[:min(len(e.Lines), shown)] {
		texts = append(texts, fmt.Sprintf("%s of %q reported, but %d in transit (%d too many)",
			stock.Units(l.Requested), l.SKU, l.Pending, l.Requested-l.Pending))
	}
	return stock.Listed("the report exceeds the transfer", len(e.Lines), texts)
}
