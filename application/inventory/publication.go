package inventory

import (
	"fmt"
	"time"

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

// Item lets readers see an item that a decision made of another value of it, unless they see a
// later version. It must not be changed any more. It reports false if readers see neither, because
// commits of others were folded meanwhile; then the commit's events must be folded.
func (p Publication) Item(item, from *stock.Item) bool {
	c := p.state.items.find(item.Key)
	if c == nil {
		c = p.state.items.create(item.Key)
	}
	for mine := false; ; {
		before := c.Load()
		if item.Version <= before.Version {
			return true
		}
		if before.Version != from.Version || !before.HoldsAs(from) {
			return false
		}
		item.Key = before.Key // one copy of the names for all versions
		if mine = p.putAside(c, before, mine); c.CompareAndSwap(before, item) {
			return true
		}
	}
}

// Reservation does the same with a reservation.
func (p Publication) Reservation(r *reservation.Reservation) {
	p.state.reservations.publish(r, p, nil)
}

// Transfer does the same with a transfer.
func (p Publication) Transfer(t *transfer.Transfer) { p.state.transfers.publish(t, p, nil) }

// End notes that everything which the commit changed is published, and returns what it has added. Every
// commit that becomes visible passes here, also those that are folded from the log.
func (p Publication) End(c *ports.Commit) Growth {
	added := growthOf(c)
	p.state.visible.publish(p.at, added)
	p.state.writes.end()
	if p.state.committed != nil {
		p.state.committed(ports.Recorded{Position: p.at, Commit: *c})
	}
	return added
}

// abandon ends a publication that failed: its position stays a gap.
func (p Publication) abandon() { p.state.writes.end() }

// putAside keeps for a snapshot what the publication is about to replace; copyOnWrite has more.
func (p Publication) putAside(c *cell, before *stock.Item, mine bool) bool {
	return p.aside && p.state.writes.putAside(c, before, mine)
}

// Fold publishes a commit of the log, as far as it is not published yet. Every commit
// before it must have been published or folded.
func (s *State) Fold(c *ports.Recorded) error {
	if next := s.visible.position() + 1; c.Position > next {
		return fmt.Errorf("position %d does not follow %d", c.Position, next-1)
	}
	p := s.Publish(c.Position)
	if err := p.Fold(c.Events); err != nil {
		p.abandon()
		return fmt.Errorf("position %d, %w", c.Position, err)
	}
	p.End(&c.Commit)
	return nil
}

// Fold lets readers see what the events of the commit lead to, as far as they do not see it yet.
func (p Publication) Fold(events []ports.Event) error {
	for i := range events {
		e := &events[i]
		if err := p.fold(e); err != nil {
			return fmt.Errorf("%q version %d: %w", string(e.Stream), e.Version, err)
		}
	}
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
	if c == nil {
		if e.Version != 1 {
			return versionGap(0)
		}
		c = p.state.items.create(key)
	}
	var fact stock.Event
	for mine := false; ; {
		before := c.Load()
		switch {
		case e.Version <= before.Version:
			return nil
		case e.Version != before.Version+1:
			return versionGap(before.Version)
		case fact.Change == nil:
			var err error
			if fact, err = stock.Decode(e.Type, e.Time, e.Data); err != nil {
				return err
			}
		}
		item := *before
		item.Apply(fact)
		if mine = p.putAside(c, before, mine); c.CompareAndSwap(before, &item) {
			return nil
		}
	}
}

// prolong gives the holds of a reservation its new deadline. The reservation is being published, so
// it happens once for each of its versions.
func (p Publication) prolong(before, after *reservation.Reservation) {
	for _, l := range before.Lines {
		if c := p.state.items.find(l.Key); c != nil && l.Remaining > 0 {
			p.prolongHold(c, before, after.ExpiresAt)
		}
	}
}

// prolongHold replaces an item at the version that it has. Commits of the item may be published
// before, those of later positions too, which no version orders; if a snapshot keeps the item as
// one of those found it, the snapshot's item gets the deadline as well.
func (p Publication) prolongHold(c *cell, r *reservation.Reservation, until time.Time) {
	for mine := false; ; {
		before := c.Load()
		item := *before
		if !item.Prolong(r.ID, r.ExpiresAt, until) {
			break
		}
		if mine = p.putAside(c, before, mine); c.CompareAndSwap(before, &item) {
			break
		}
	}
	if !p.aside {
		p.state.writes.prolong(c, r, until)
	}
}

func versionGap(before event.Version) error { return fmt.Errorf("it follows version %d", before) }

// BulkLoad begins to fold a log from which many items may come, before the state
// has readers. They find the items of a store in order after done was called.
func (s *State) BulkLoad() (done func()) {
	s.items.beginBulk()
	return func() {
		s.items.endBulk()
		s.shareNames()
	}
}

// shareNames lets each hold, reservation and line have the same copy of a name: those that were read
// back have one each. Nothing else uses the state yet.
func (s *State) shareNames() {
	if s.reservations.Count() == 0 {
		return
	}
	for _, store := range s.items.storeNames() {
		for c := range s.items.walk(store, "", "") {
			s.shareNamesOf(c.Load())
		}
	}
}

func (s *State) shareNamesOf(item *stock.Item) {
	item.ShareIDs(func(id string) string {
		r := s.reservations.open[id].entry
		if r == nil {
			return id
		}
		for i := range r.Lines {
			if r.Lines[i].Key == item.Key {
				r.Lines[i].Key = item.Key
			}
		}
		return r.ID
	})
}
