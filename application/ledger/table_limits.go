package ledger

import (
	"sync/atomic"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/ports"
)

// openTable names, in errors, the reservations and transfers that are kept in
// memory because they are open.
const openTable = "open reservations and transfers"

// openLimit bounds the reservations and transfers that are open, those counted that
// commits under way open.
type openLimit struct {
	state    *inventory.State
	limit    int
	underWay atomic.Int64
}

// opens returns how many more reservations and transfers are open once a transaction is
// published.
func (o *openLimit) opens(tx *Tx) int {
	opens := 0
	for i := range tx.slots.reservations {
		if s := &tx.slots.reservations[i]; s.changed && o.state.Reservations().WouldOpen(s.value) {
			opens++
		}
	}
	for i := range tx.slots.transfers {
		if s := &tx.slots.transfers[i]; s.changed && o.state.Transfers().WouldOpen(s.value) {
			opens++
		}
	}
	return opens
}

// check refuses to open more reservations and transfers than the limit.
func (o *openLimit) check(opens int) error {
	if opens == 0 {
		return nil
	}
	open := o.state.Reservations().Count() + o.state.Transfers().Count() + int(o.underWay.Load())
	if open+opens > o.limit {
		return &ports.LimitError{Table: openTable, Limit: o.limit}
	}
	return nil
}

func (o *openLimit) reserve(opens int) { o.underWay.Add(int64(opens)) }

func (o *openLimit) release(opens int) { o.underWay.Add(-int64(opens)) }
