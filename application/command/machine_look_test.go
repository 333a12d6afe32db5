package command_test

import (
	"context"
	"maps"
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// check looks at everything and compares it with the model.
func (m *machine) check(t *rapid.T) {
	for _, key := range goods {
		m.checkItem(t, key)
	}
	ctx := context.Background()
	for id := range m.world.carts {
		r, _, err := query.GetReservation{ID: id}.Handle(ctx, m.ledger)
		require.NoError(t, err)
		m.world.checkCart(t, r)
		m.checkVersion(t, reservation.Stream(id), r.Version)
	}
	for id := range m.world.trips {
		got, _, err := query.GetTransfer{ID: id}.Handle(ctx, m.ledger)
		require.NoError(t, err)
		m.world.checkTrip(t, got)
		m.checkVersion(t, transfer.Stream(id), got.Version)
	}
	m.checkLists(t)
	m.passed, m.world.touched = false, map[event.StreamID]bool{}
}

// checkVersion compares the version shown with the one shown before.
func (m *machine) checkVersion(t *rapid.T, stream event.StreamID, version event.Version) {
	before := m.versions[stream]
	switch {
	case m.world.touched[stream]:
		require.Greater(t, version, before, "%s was changed", stream)
	case m.passed:
		require.GreaterOrEqual(t, version, before, "%s only got older", stream)
	default:
		require.Equal(t, before, version, "nothing happened to %s", stream)
	}
	m.versions[stream] = version
}

func (m *machine) checkItem(t *rapid.T, key stock.Key) {
	item := m.item(t, key)
	m.checkVersion(t, key.Stream(), item.Version)
	m.world.checkLevels(t, key, item.Levels)
	_, exists := m.world.bins[key]
	require.Equal(t, exists, item.Exists())
	require.NoError(t, item.Check())
	why, err := query.ExplainItem{Item: key}.Handle(context.Background(), m.ledger, m.store)
	if !exists {
		require.ErrorIs(t, err, query.ErrItemNotFound)
		return
	}
	require.NoError(t, err)
	holds, sum := map[stock.Hold]string{}, int64(0)
	for _, h := range why.Holds {
		holds[h.Hold] = h.Owner
		sum += h.Quantity
	}
	require.Equal(t, item.Reserved, sum, "holds explain what is reserved")
	require.Equal(t, m.world.everyPart(key), holds)
	require.Len(t, why.Holds, len(holds))
	require.Equal(t, available(m.world.look(key)), why.Arithmetic[len(why.Arithmetic)-1].Value)
}

func (w *world) checkLevels(t *rapid.T, key stock.Key, l stock.Levels) {
	want := w.look(key)
	want.Version = l.Version
	require.True(t, want.Equal(l), "%v should be %+v and is %+v", key, want, l)
	require.Equal(t, available(want), l.Available())
}

func (w *world) checkCart(t *rapid.T, r reservation.Reservation) {
	c, known := w.carts[r.ID]
	require.True(t, known)
	require.Equal(t, w.cartStatus(c), r.Status(), r.ID)
	require.Equal(t, c.deadline, r.ExpiresAt)
	require.Equal(t, c.owner, r.Owner)
	require.Len(t, r.Lines, len(c.lines))
	for i, l := range c.lines {
		require.Equal(t, reservation.Line{
			Key: l.item, Quantity: l.wanted, Remaining: w.left(c, l), Committed: l.gone, Released: l.freed, Returned: l.back,
		}, r.Lines[i])
	}
}

func (w *world) checkTrip(t *rapid.T, got transfer.Transfer) {
	want, known := w.trips[got.ID]
	require.True(t, known)
	require.Equal(t, tripStatus(want), got.Status(), got.ID)
	require.Equal(t, []string{want.from, want.to}, []string{got.From, got.To})
	require.Len(t, got.Lines, len(want.lines))
	for i, l := range want.lines {
		require.Equal(t, transfer.Line{
			SKU: l.sku, Quantity: l.sent, Pending: l.pending(), Good: l.good, Damaged: l.damaged, Lost: l.lost, Cancelled: l.turned,
		}, got.Lines[i])
	}
}

// checkResult compares the answer of a command with the world after it.
func (w *world) checkResult(t *rapid.T, result ledger.Result) {
	switch r := result.(type) {
	case command.ItemResult:
		w.checkLevels(t, r.Key, r.Levels)
		require.Equal(t, w.atRisk, r.ReservationsAtRisk)
	case command.ReservationResult:
		w.checkCart(t, r.Reservation)
		require.Equal(t, w.created, r.Created)
	case command.TransferResult:
		w.checkTrip(t, r.Transfer)
	default:
		require.Failf(t, "unknown result", "%T", r)
	}
}

// checkLists compares the list of one status, another one each time.
func (m *machine) checkLists(t *rapid.T) {
	m.lists++
	cartStatus := []reservation.Status{
		reservation.HeldStatus, reservation.ExpiredStatus, reservation.CommittedStatus, reservation.ReleasedStatus,
	}[m.lists%4]
	tripStatuses := []transfer.Status{transfer.InTransitStatus, transfer.ReceivedStatus, transfer.CancelledStatus}
	var carts, trips []string
	for _, id := range slices.Sorted(maps.Keys(m.world.carts)) {
		if m.world.cartStatus(m.world.carts[id]) == cartStatus {
			carts = append(carts, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(m.world.trips)) {
		if tripStatus(m.world.trips[id]) == tripStatuses[m.lists%3] {
			trips = append(trips, id)
		}
	}
	require.Equal(t, carts, m.list(t, cartStatus), cartStatus)
	page, err := query.ListTransfers{
		Statuses: []transfer.Status{tripStatuses[m.lists%3]}, Listing: query.Listing{Limit: query.MaxLimit},
	}.Handle(context.Background(), m.ledger)
	require.NoError(t, err)
	var got []string
	for _, one := range page.Transfers {
		got = append(got, one.ID)
	}
	require.Equal(t, trips, got, tripStatuses[m.lists%3])
}

// list reads all pages of the reservations with a status.
func (m *machine) list(t *rapid.T, status reservation.Status) (ids []string) {
	q := query.ListReservations{Statuses: []reservation.Status{status}, Listing: query.Listing{Limit: 2}}
	for {
		page, err := q.Handle(context.Background(), m.ledger)
		require.NoError(t, err)
		for _, r := range page.Reservations {
			ids = append(ids, r.ID)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return ids
		}
	}
}

// checkHistory holds the whole log against the rules, every prefix of it, and
// what another ledger makes of it.
func (m *machine) checkHistory(t *rapid.T) {
	auditor := audit.New(nil)
	items, carts := map[stock.Key]*stock.Item{}, map[string]*reservation.Reservation{}
	for _, c := range m.log(t) {
		require.NoError(t, auditor.Check(c))
		for _, e := range c.Events {
			if id, ok := reservation.IDOf(e.Stream); ok {
				foldCart(t, items, carts, id, e)
			}
			key, ok := stock.KeyOf(e.Stream)
			if !ok {
				continue
			}
			fact, err := stock.Decode(e.Type, e.Time, e.Data)
			require.NoError(t, err)
			if items[key] == nil {
				items[key] = &stock.Item{Key: key}
			}
			items[key].Apply(fact)
		}
		for _, item := range items {
			require.NoError(t, item.Check())
			require.Equal(t, item.Reserved, item.HeldUnits(), "what is reserved is what is held, at position %d", c.Position)
		}
	}
	require.Equal(t, []int{len(m.world.bins), len(m.world.carts), len(m.world.trips)},
		[]int{auditor.Items(), auditor.Reservations(), auditor.Transfers()})

	running := m.ledger
	m.ledger = m.open(t, m.store)
	m.check(t) // finds the same versions and the same numbers
	require.Equal(t, running.Position(), m.ledger.Position())
	m.ledger = running
}

// foldCart applies an event of a reservation, which changes the deadlines of its holds, too, if it is
// an extension.
func foldCart(
	t *rapid.T, items map[stock.Key]*stock.Item, carts map[string]*reservation.Reservation, id string, e ports.Event,
) {
	fact, err := reservation.Decode(e.Type, e.Time, e.Data)
	require.NoError(t, err)
	r := carts[id]
	if r == nil {
		r = &reservation.Reservation{ID: id}
		carts[id] = r
	}
	if c, ok := fact.Change.(reservation.Extended); ok {
		for _, l := range r.Lines {
			held := l.Remaining > 0
			require.Equal(t, held, items[l.Key].Prolong(id, r.ExpiresAt, c.ExpiresAt))
		}
	}
	r.Apply(fact)
}
