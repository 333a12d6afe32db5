package query

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// page reads a page while things happen, and requires each entry as it was meanwhile.
func (c *counter) page(after ports.EntryPlace) (found []placed[reservation.Reservation], end reach) {
	list := c.asked.list(c.ledger)
	list.budget = budget{
		inMemory: rapid.IntRange(1, 8).Draw(c.draw, "in memory"), inIndex: rapid.IntRange(1, 4).Draw(c.draw, "in the index"),
		overdue: rapid.IntRange(0, 4).Draw(c.draw, "overdue"), step: 2,
	}
	around := func() {
		for range rapid.IntRange(0, 2).Draw(c.draw, "meanwhile") {
			c.act()
		}
	}
	list.from = busyRegistry{list.from, around}
	settle := list.settle
	list.settle = func(ctx context.Context, ids []string) error {
		around()
		for _, id := range ids {
			c.settled[id] = true
		}
		return settle(ctx, ids)
	}
	before := map[string]event.Version{}
	for id, all := range c.history {
		before[id] = event.Version(len(all))
	}
	found, end, err := list.page(context.Background(), after)
	require.NoError(c.t, err)
	require.LessOrEqual(c.t, len(found), list.Limit)
	for _, f := range found {
		require.True(c.t, slices.ContainsFunc(c.history[f.entry.ID], func(r reservation.Reservation) bool {
			shown := r.At(list.now)
			return r.Version >= before[r.ID] && shown.Equal(f.entry.State) && shown.UpdatedAt.Equal(f.entry.UpdatedAt)
		}), "%+v was so while the page was read", f.entry)
		require.False(c.t, slices.ContainsFunc(c.wrong, func(r reservation.Reservation) bool {
			return r.ID == f.entry.ID && r.Equal(f.entry.State)
		}), "%+v did not expire", f.entry)
		require.True(c.t, list.fits(f.entry, list.view(f.entry)))
	}
	return found, end
}

func drawQuestion(t *rapid.T) ListReservations {
	statuses := []reservation.Status{
		reservation.HeldStatus, reservation.CommittedStatus, reservation.ReleasedStatus, reservation.ExpiredStatus,
	}
	sets := [][]reservation.Status{statuses, statuses, statuses[1:]} // lists of ended ones are read in another way
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if n := rapid.IntRange(0, 300).Draw(t, "second"); n < 40 {
			return second(n)
		}
		return time.Time{}
	})
	q := ListReservations{
		SKU:      rapid.SampledFrom([]string{"", "", "", "A"}).Draw(t, "sku"),
		Owner:    rapid.SampledFrom([]string{"", "", "", "ann"}).Draw(t, "owner"),
		Statuses: rapid.SliceOfN(rapid.SampledFrom(rapid.SampledFrom(sets).Draw(t, "of")), 0, 3).Draw(t, "statuses"),
		Listing: Listing{
			Created:    ports.TimeRange{Since: moment.Draw(t, "created since"), Until: moment.Draw(t, "created until")},
			Updated:    ports.TimeRange{Since: moment.Draw(t, "updated since"), Until: moment.Draw(t, "updated until")},
			Sort:       rapid.SampledFrom([]ports.EntrySort{"", ports.ByID, ports.ByCreated, ports.ByUpdated}).Draw(t, "sort"),
			Descending: rapid.Bool().Draw(t, "descending"),
			Limit:      rapid.IntRange(1, 8).Draw(t, "limit"),
		},
	}
	q.Listing = q.normal()
	return q
}

// TestPagesShowEveryEntryThatFitsOnce lists reservations while they open, expire, close, change,
// and move to the index, between pages and while a page is read.
func TestPagesShowEveryEntryThatFitsOnce(t *testing.T) {
	for range 10 { // some mistakes show in few cases
		rapid.Check(t, listWhileThingsHappen)
	}
}

func listWhileThingsHappen(t *rapid.T) {
	c := newCounter(t)
	c.draw, c.asked = t, drawQuestion(t)
	for range rapid.IntRange(20, 80).Draw(t, "before") {
		c.act()
		c.seconds += rapid.IntRange(0, 1).Draw(t, "passes")
	}
	c.steady = nil
	c.look()
	walk := c.asked.walk(ports.EntryPlace{}, c.now())
	shown := map[string]int{}
	for end := (reach{more: true}); end.more; {
		var found []placed[reservation.Reservation]
		after := end.end
		found, end = c.page(after)
		for _, f := range found {
			require.True(t, after.ID == "" || walk.Compare(f.place, after) > 0, "in the list's order")
			after = f.place
			shown[f.entry.ID]++
		}
		require.True(t, !end.more || after.ID == "" || walk.Compare(end.end, after) >= 0)
		c.seconds += rapid.IntRange(0, 1).Draw(t, "passes")
		c.look()
	}
	for id, place := range c.steady {
		require.Equal(t, 1, shown[id], "%q at %v", id, place)
	}
}

func TestAnEntryThatMovesToTheIndexWhileAPageIsReadIsShownAsItIsNow(t *testing.T) {
	// Given a closed reservation in the index,
	c := newCounter(t)
	r := reservation.Reservation{ID: "r", State: reservation.State{
		Lines: []reservation.Line{{Key: stock.Key{Store: "S1", SKU: "A"}, Quantity: 1, Committed: 1}},
	}}
	c.write(r)
	c.store()
	// when goods come back and the index gets that, after it was read for a page,
	c.asked.Limit = 9
	c.asked.Listing = c.asked.normal()
	list := c.asked.list(c.ledger)
	reads := 0
	list.from = busyRegistry{list.from, func() {
		if reads++; reads == 3 { // the walk through memory, then before and after the index
			r.Version, r.Lines = 1, []reservation.Line{{Key: r.Lines[0].Key, Quantity: 1, Committed: 1, Returned: 1}}
			c.write(r)
			c.store()
		}
	}}
	found, end, err := list.page(t.Context(), ports.EntryPlace{})
	// then the page has the reservation with the goods that came back.
	require.NoError(t, err)
	require.False(t, end.more)
	require.Len(t, found, 1)
	require.EqualValues(t, 1, found[0].entry.Lines[0].Returned)
}

func TestAnEntryThatExpiresWhileAPageIsReadIsShownOnce(t *testing.T) {
	// Given two overdue reservations
	c := newCounter(t)
	first, second := numbered(1, "A"), numbered(2, "A")
	first.ExpiresAt, second.ExpiresAt = c.now(), c.now()
	c.write(first)
	c.write(second)
	c.asked = ListReservations{
		Statuses: []reservation.Status{reservation.ExpiredStatus}, Listing: Listing{Sort: ports.ByID, Limit: 9},
	}
	list := c.asked.list(c.ledger)
	reads := 0
	list.from = busyRegistry{list.from, func() {
		expire := func(id string) {
			expired := c.history[id][0].At(c.now())
			expired.Version--
			c.write(expired)
		}
		// When an event says that one of them has expired, so that the page is read again,
		if reads++; reads == 1 {
			expire(first.ID)
		}
		// and during that the other one moves from the overdue ones to the closed ones,
		if reads == 5 {
			expire(second.ID)
		}
	}}
	found, _, err := list.page(t.Context(), ports.EntryPlace{})
	// then the page has both once.
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, 8, reads)
}
