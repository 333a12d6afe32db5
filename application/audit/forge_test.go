package audit_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// A damaged log is made of a sound one: its facts are changed, and then every
// stream is written again, so that each for itself is in order.

type fact struct {
	stream event.StreamID
	at     time.Time
	change any // of stock, reservation or transfer
}

type forgedCommit struct {
	at    time.Time
	facts []fact
}

// forgery is a log to be damaged.
type forgery struct{ commits []*forgedCommit }

func forgeryOf(t *testing.T, log []ports.Recorded) *forgery {
	f := &forgery{}
	for _, c := range log {
		forged := &forgedCommit{at: c.Time}
		for _, e := range c.Events {
			forged.facts = append(forged.facts, fact{stream: e.Stream, at: e.Time, change: changeOf(t, e)})
		}
		f.commits = append(f.commits, forged)
	}
	return f
}

func changeOf(t *testing.T, e ports.Event) any {
	if _, ok := stock.KeyOf(e.Stream); ok {
		read, err := stock.Decode(e.Type, e.Time, e.Data)
		require.NoError(t, err)
		return read.Change
	}
	if _, ok := reservation.IDOf(e.Stream); ok {
		read, err := reservation.Decode(e.Type, e.Time, e.Data)
		require.NoError(t, err)
		return read.Change
	}
	read, err := transfer.Decode(e.Type, e.Time, e.Data)
	require.NoError(t, err)
	return read.Change
}

// each visits the facts of a kind until visit returns false.
func each[C any](f *forgery, visit func(c *forgedCommit, i int) bool) {
	for _, c := range f.commits {
		for i := range c.facts {
			if _, ok := c.facts[i].change.(C); ok && !visit(c, i) {
				return
			}
		}
	}
	panic(fmt.Sprintf("the log has no %T", *new(C)))
}

// edit changes the first fact of a kind.
func edit[C any](change func(*C)) func(*forgery) {
	return func(f *forgery) {
		each[C](f, func(c *forgedCommit, i int) bool {
			content := c.facts[i].change.(C)
			change(&content)
			c.facts[i].change = content
			return false
		})
	}
}

// amend changes the time and the subject of the first fact of a kind.
func amend[C any](change func(*fact)) func(*forgery) {
	return func(f *forgery) {
		each[C](f, func(c *forgedCommit, i int) bool {
			change(&c.facts[i])
			return false
		})
	}
}

// drop leaves the first fact of a kind out.
func drop[C any]() func(*forgery) {
	return func(f *forgery) {
		each[C](f, func(c *forgedCommit, i int) bool {
			c.facts = slices.Delete(c.facts, i, i+1)
			return false
		})
	}
}

// follow puts facts about the same, at the same time, after the first of a kind.
func follow[C any](changes ...any) func(*forgery) {
	return func(f *forgery) {
		each[C](f, func(c *forgedCommit, i int) bool {
			for n, change := range changes {
				c.facts = slices.Insert(c.facts, i+1+n, fact{stream: c.facts[i].stream, at: c.facts[i].at, change: change})
			}
			return false
		})
	}
}

// olderExtensions makes the extensions those of older logs, where each item has an event, too.
func olderExtensions(f *forgery) {
	before := map[event.StreamID]reservation.Terms{}
	for _, c := range f.commits {
		for _, told := range slices.Clone(c.facts) {
			if created, ok := told.change.(reservation.Created); ok {
				before[told.stream] = created.Terms
			}
			extended, ok := told.change.(reservation.Extended)
			if !ok {
				continue
			}
			id, _ := reservation.IDOf(told.stream)
			for _, line := range before[told.stream].Lines {
				c.facts = append(c.facts, fact{stream: line.Stream(), at: told.at, change: stock.Extended{
					ReservationID: id, ExpiresAt: extended.ExpiresAt, Before: before[told.stream].ExpiresAt,
				}})
			}
			extended.ItemsTell = true
			c.facts[slices.IndexFunc(c.facts, func(f fact) bool { return f.stream == told.stream })].change = extended
		}
	}
}

// write makes a log of the facts.
func (f *forgery) write() (log []ports.Recorded) {
	items := map[event.StreamID]*stock.Item{}
	reservations := map[event.StreamID]*reservation.Reservation{}
	transfers := map[event.StreamID]*transfer.Transfer{}
	for n, c := range f.commits {
		r := ports.Recorded{Position: event.Position(n + 1), Commit: ports.Commit{Time: c.at}}
		for _, fact := range c.facts {
			e := ports.Event{Stream: fact.stream, Time: fact.at}
			switch change := fact.change.(type) {
			case stock.Change:
				if items[fact.stream] == nil {
					items[fact.stream] = &stock.Item{}
				}
				item, happened := items[fact.stream], stock.Event{At: fact.at, Change: change}
				item.Apply(happened)
				happened.After = item.Levels
				e.Version, e.Type, e.Data = item.Version, change.Type(), happened.AppendJSON(nil)
			case reservation.Change:
				if reservations[fact.stream] == nil {
					reservations[fact.stream] = &reservation.Reservation{}
				}
				held, happened := reservations[fact.stream], reservation.Event{At: fact.at, Change: change}
				held.Apply(happened)
				happened.Brief = change.Type() == reservation.ExtendedV2
				happened.After = held.State
				e.Version, e.Type, e.Data = held.Version, happened.Type(), happened.AppendJSON(nil)
			case transfer.Change:
				if transfers[fact.stream] == nil {
					transfers[fact.stream] = &transfer.Transfer{}
				}
				sent, happened := transfers[fact.stream], transfer.Event{At: fact.at, Change: change}
				sent.Apply(happened)
				happened.After = sent.State
				e.Version, e.Type, e.Data = sent.Version, change.Type(), happened.AppendJSON(nil)
			}
			r.Events = append(r.Events, e)
		}
		log = append(log, r)
	}
	return log
}

// story is a log in which everything happens that can happen, decided by the
// commands themselves.
func story(t *testing.T) []ports.Recorded {
	now := noon
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return now, now.Sub(noon) }, func(ports.Incident) {})
	store := memory.NewEventStore(time.Minute, clock.Now)
	ids := 0
	newID := func() string { ids++; return fmt.Sprint("id-", ids) }
	l := ledger.New(store, store, clock, newID, ledger.Options{})
	s1, s2 := stock.Key{Store: "S1", SKU: "a"}, stock.Key{Store: "S2", SKU: "a"}
	units := func(key stock.Key, n int64) []stock.Part { return []stock.Part{{Key: key, Quantity: n}} }
	minute, moment, counted, low := int64(60), int64(5), int64(9), int64(3)
	// The 14th operation ships, and has the name for it made after those of the commits before.
	const shipped = "id-14"
	for _, o := range []command.Operation{
		&command.AdjustStock{Item: s1, Delta: 20},
		&command.AdjustStock{Item: s2, Delta: 8},
		&command.CountStock{Item: s2, OnHand: &counted},
		&command.SetPolicy{Item: s2, LowStockThreshold: command.Threshold{Given: true, Units: &low}},
		&command.MoveStock{Item: s2, From: stock.SellableState, To: stock.DamagedState, Quantity: 1},
		&command.ReserveStock{ID: "cart", Lines: append(units(s1, 5), units(s2, 6)...), TTLSeconds: &minute},
		&command.ExtendReservation{ID: "cart", TTLSeconds: &minute},
		&command.CommitReservation{ID: "cart", Lines: units(s1, 3)},
		&command.ReturnReservation{ID: "cart", Lines: units(s1, 1)},
		&command.ReleaseReservation{ID: "cart", Lines: units(s1, 1)},
		&command.ReserveStock{ID: "short", Lines: units(s1, 2), TTLSeconds: &moment},
		&command.ReserveStock{ID: "swap", Lines: units(s1, 1)},
		&command.ReserveStock{ID: "swap", Lines: append(units(s2, 1), units(s1, 2)...)},
		&command.ShipTransfer{From: "S1", To: "S2", Lines: []transfer.Unit{{SKU: "a", Quantity: 5}}},
		&command.ReceiveTransfer{ID: shipped, Lines: []transfer.Arrival{{SKU: "a", Good: 2, Damaged: 1, Lost: 1}}},
		&command.CancelTransfer{ID: shipped},
	} {
		_, err := (&command.Batch{
			Atomic: true, Operations: []command.Operation{o},
		}).Handle(t.Context(), l, command.Call{NewID: newID})
		require.NoError(t, err, "%T", o)
		now = now.Add(100 * time.Millisecond)
	}
	now = now.Add(10 * time.Second)
	require.NoError(t, l.Sweep(t.Context()))
	var log []ports.Recorded
	for c, err := range store.Commits(context.Background(), 0) {
		require.NoError(t, err)
		log = append(log, c)
	}
	return log
}
