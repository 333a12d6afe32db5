package query

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// second is a moment of the tests.
func second(n int) time.Time { return time.Date(2026, 3, 1, 12, 0, n, 0, time.UTC) }

// counter is the reservations of a shop as they change while a client lists them.
type counter struct {
	t       require.TestingT
	draw    *rapid.T
	ledger  *ledger.Ledger
	index   ports.QueryIndex
	seconds int // on the clock

	history map[string][]reservation.Reservation // each as it was written, the newest last
	settled map[string]bool                      // no decision about it is under way
	wrong   []reservation.Reservation            // that did not expire: a decision was under way
	steady  map[string]ports.EntryPlace          // those that fit all the time, in their places

	asked ListReservations
}

func newCounter(t require.TestingT) *counter { return newCounterWith(t, queryindex.InMemory()) }

func newCounterWith(t require.TestingT, index ports.QueryIndex) *counter {
	c := &counter{
		t: t, index: index, history: map[string][]reservation.Reservation{}, settled: map[string]bool{},
	}
	store := memory.NewEventStore(time.Minute, c.now)
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return c.now(), time.Duration(c.seconds) * time.Second },
		func(ports.Incident) {})
	c.ledger = ledger.New(store, store, clock, func() string { return "id" },
		ledger.Options{State: inventory.NewState(c.index)})
	return c
}

func (c *counter) now() time.Time { return second(c.seconds) }

// write lets readers see the next version of a reservation.
func (c *counter) write(r reservation.Reservation) {
	r.Version++
	c.history[r.ID] = append(c.history[r.ID], r)
	state := c.ledger.Inventory()
	p := state.Publish(state.Position() + 1)
	p.Reservation(&r)
	p.End(&ports.Commit{})
}

// act lets something happen.
func (c *counter) act() {
	id := fmt.Sprint(rapid.IntRange(0, 19).Draw(c.draw, "id"))
	r := reservation.Reservation{ID: id}
	if all := c.history[id]; len(all) > 0 {
		r = all[len(all)-1]
	}
	r.Lines = slices.Clone(r.Lines)
	switch overdue := r.Overdue(c.now()); rapid.IntRange(0, 6).Draw(c.draw, "act") {
	case 0:
		c.store()
	case 1, 2: // make it, or make it again
		if !overdue {
			c.place(r)
		}
	case 3: // commit it, perhaps by a decision that was made before its deadline
		if r.Open() && (!overdue || !c.settled[id]) {
			if r.UpdatedAt = c.now(); overdue {
				c.wrong = append(c.wrong, r.At(c.now()))
				r.UpdatedAt = r.ExpiresAt.Add(-time.Microsecond)
			}
			r.Lines[0].Committed, r.Lines[0].Remaining = r.Lines[0].Remaining, 0
			c.write(r)
		}
	case 4: // goods come back to a closed one
		if r.Exists() && !r.Open() {
			r.Lines[0].Returned, r.UpdatedAt = r.Lines[0].Committed, c.now()
			c.write(r)
		}
	case 5: // write what its deadline has done
		if overdue {
			expired := r.At(c.now())
			expired.Version--
			c.write(expired)
		}
	case 6:
		if r.Open() && !overdue {
			r.Lines[0].Released, r.Lines[0].Remaining, r.UpdatedAt = r.Lines[0].Remaining, 0, c.now()
			c.write(r)
		}
	}
	c.look()
}

func (c *counter) place(r reservation.Reservation) {
	r.Lines = []reservation.Line{{
		Key: stock.Key{Store: "S1", SKU: rapid.SampledFrom([]string{"A", "B"}).Draw(c.draw, "sku")}, Quantity: 1, Remaining: 1,
	}}
	r.Owner = rapid.SampledFrom([]string{"", "ann"}).Draw(c.draw, "owner")
	r.CreatedAt, r.UpdatedAt, r.ExpiresAt = c.now(), c.now(), time.Time{}
	if ttl := rapid.IntRange(0, 5).Draw(c.draw, "ttl"); ttl > 0 {
		r.ExpiresAt = c.now().Add(time.Duration(ttl) * time.Second)
	}
	delete(c.settled, r.ID)
	c.write(r)
}

// store moves what is closed to the index.
func (c *counter) store() {
	registry, position := c.ledger.Inventory().Reservations(), c.ledger.Position()
	closings := registry.Closings(position)
	var entries []ports.ClosedEntry
	for _, closing := range closings {
		entries = append(entries, closed.FromReservation(closing.Entry))
	}
	require.NoError(c.t, c.index.Put(context.Background(), entries, ports.IndexMark{Position: position}))
	registry.Evict(closings)
}

// look strikes out what has changed its place or does not fit any more.
func (c *counter) look() {
	list := c.asked.list(c.ledger)
	now := map[string]ports.EntryPlace{}
	for id, all := range c.history {
		r := all[len(all)-1].At(c.now())
		if v := list.view(&r); list.fits(&r, v) {
			now[id] = inventory.PlaceOf(list.Sort, id, v.created, v.updated)
		}
	}
	if c.steady == nil {
		c.steady = now
	}
	for id, place := range c.steady {
		if now[id] != place {
			delete(c.steady, id)
		}
	}
}

// busyRegistry is a registry in which things happen around each read.
type busyRegistry struct {
	registry[reservation.Reservation]
	around func()
}

func (b busyRegistry) Closed(ctx context.Context, q ports.ClosedQuery) (
	[]*reservation.Reservation, ports.ClosedPage, error,
) {
	b.around()
	defer b.around()
	return b.registry.Closed(ctx, q)
}

func (b busyRegistry) Step(w *inventory.Walk, n int) inventory.Step[*reservation.Reservation] {
	defer b.around()
	return b.registry.Step(w, n)
}

func (b busyRegistry) Overdue(after ports.EntryPlace, now time.Time, n int) inventory.Step[*reservation.Reservation] {
	defer b.around()
	return b.registry.Overdue(after, now, n)
}
