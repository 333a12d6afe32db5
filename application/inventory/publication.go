package inventory

import (
	"fmt"

	"github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// Publication lets readers see one durable commit. End must be called.
type Publication struct {
	state *State
	at    event.Position
	aside bool // replaced values must be put aside for a snapshot

	client string // to which the entries belong that it opens; empty if nothing knows it
}

// Publish begins to publish the commit at a position.
func (s *State) Publish(at event.Position) Publication {
	return Publication{state: s, at: at, aside: s.writes.begin(at)}
}

// By returns the publication of a commit of a client.
func (p Publication) By(client string) Publication {
	p.client = client
	return p
}

// Item lets readers see an item, unless they see a later version. It must not be
// changed any more.
func (p Publication) Item(item *stock.Item) {
	c := p.state.items.find(item.Key)
	if c == nil {
		c = p.state.items.create(item.Key)
	}
	p.replace(c, item)
}

// Reservation does the same with a reservation.
func (p Publication) Reservation(r *reservation.Reservation) {
	p.state.reservations.publish(r, p)
}

// Transfer does the same with a transfer.
func (p Publication) Transfer(t *transfer.Transfer) { p.state.transfers.publish(t, p) }

// End notes that everything which the commit changed is published. Every commit that
// becomes visible passes here, also those that are folded from the log.
func (p Publication) End(c *ports.Commit) {
	p.state.visible.publish(p.at, growthOf(c))
	p.state.writes.end()
	if p.state.committed != nil {
		p.state.committed(ports.Recorded{Position: p.at, Commit: *c})
	}
}

// abandon ends a publication that failed: its position stays a gap.
func (p Publication) abandon() { p.state.writes.end() }

func (p Publication) replace(c *cell, item *stock.Item) {
	for mine := false; ; {
		before := c.Load()
		if item.Version <= before.Version {
			return
		}
		item.Key = before.Key // one copy of the names for all versions
		if p.aside {
			mine = p.state.writes.putAside(c, before, mine)
		}
		if c.CompareAndSwap(before, item) {
			return
		}
	}
}

// Fold publishes a commit of the log, as far as it is not published yet. Every commit
// before it must have been published or folded.
func (s *State) Fold(c *ports.Recorded) error {
	if next := s.visible.position() + 1; c.Position > next {
		return fmt.Errorf("position %d does not follow %d", c.Position, next-1)
	}
	p := s.Publish(c.Position)
	for i := range c.Events {
		e := &c.Events[i]
		if err := p.fold(e); err != nil {
			p.abandon()
			return fmt.Errorf("position %d, %q version %d: %w", c.Position, string(e.Stream), e.Version, err)
		}
	}
	p.End(&c.Commit)
	return nil
}

func (p Publication) fold(e *ports.Event) error {
	if key, ok := stock.KeyOf(e.Stream); ok {
		return p.foldItem(key, e)
	}
	if id, ok := reservation.IDOf(e.Stream); ok {
		return p.state.reservations.fold(id, e, p)
	}
	if id, ok := transfer.IDOf(e.Stream); ok {
		return p.state.transfers.fold(id, e, p)
	}
	if _, ok := deadletter.IDOf(e.Stream); ok {
		return nil // no decision depends on it
	}
	if _, ok := answer.IDOf(e.Stream); ok {
		return nil // its commit's key is what counts, and the store knows that
	}
	return fmt.Errorf("the stream is not one of this program's: %w", &event.UnknownTypeError{Type: e.Type})
}

func (p Publication) foldItem(key stock.Key, e *ports.Event) error {
	c := p.state.items.find(key)
	item := stock.Item{Key: key}
	if c != nil {
		item = *c.Load()
	}
	if e.Version <= item.Version {
		return nil
	}
	if e.Version != item.Version+1 {
		return versionGap(item.Version)
	}
	fact, err := stock.Decode(e.Type, e.Time, e.Data)
	if err != nil {
		return err
	}
	item.Apply(fact)
	if c == nil {
		c = p.state.items.create(key)
	}
	p.replace(c, &item)
	return nil
}

func versionGap(before event.Version) error { return fmt.Errorf("it follows version %d", before) }

// BulkLoad begins to fold a log from which many items may come, before the state
// has readers. They find the items of a store in order after done was called.
func (s *State) BulkLoad() (done func()) {
	s.items.beginBulk()
	return s.items.endBulk
}
