package command

import (
	"errors"
	"fmt"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// plan is what a command does to several items: all of it or nothing.
type plan struct {
	steps []step
	short stock.InsufficientError
}

type step struct {
	key    stock.Key
	events []stock.Event
}

// add takes a decision on one more item. A shortage is noted, so that all short
// lines can be told; any other refusal is returned.
func (p *plan) add(key stock.Key, events []stock.Event, err error) error {
	if short, ok := errors.AsType[*stock.InsufficientError](err); ok {
		p.short.Lines = append(p.short.Lines, short.Lines...)
		p.short.Terms = append(p.short.Terms, short.Terms...)
		return nil
	}
	p.steps = append(p.steps, step{key: key, events: events})
	return err
}

// refusal is *stock.InsufficientError with every short line, or nil.
func (p *plan) refusal() error {
	if len(p.short.Lines) == 0 {
		return nil
	}
	return &p.short
}

// record carries the plan out.
func (p *plan) record(tx *ledger.Tx) {
	for _, s := range p.steps {
		tx.Record(s.key, s.events)
	}
}

// holdOf is the hold for a line of an open reservation. That there is none
// would be a fault of the program or of the log.
func holdOf(item stock.Item, r reservation.Reservation) (stock.Hold, error) {
	hold, ok := item.Hold(r.ID, r.ExpiresAt)
	if !ok {
		return hold, fmt.Errorf("item %v holds nothing for reservation %s", item.Key, r.ID)
	}
	return hold, nil
}
