package ledger

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

func TestABookNeverGoesBack(t *testing.T) {
	at := func(version event.Version, remaining int64) *reservation.Reservation {
		return &reservation.Reservation{ID: "r", State: reservation.State{
			Lines:     []reservation.Line{{Key: stock.Key{Store: "S1", SKU: "a"}, Quantity: 2, Remaining: remaining}},
			ExpiresAt: time.UnixMicro(int64(version)), Version: version,
		}}
	}
	b := newReservations()
	show := func(r *reservation.Reservation, open, closed, due int) {
		t.Helper()
		b.show(r, false)
		require.Equal(t, []int{open, open, closed, due}, []int{b.size(), b.openIDs.count, b.closed.count, len(b.due(time.Now(), 9))})
		require.Equal(t, due, b.overdue.count)
	}
	show(at(1, 2), 1, 0, 1)
	show(at(3, 0), 0, 1, 0)
	show(at(2, 1), 0, 1, 0) // an older state, from somebody who folds the log meanwhile
	show(at(3, 2), 0, 1, 0)
	show(at(5, 2), 1, 0, 1) // anew
	show(at(4, 0), 1, 0, 1)
	show(at(6, 2), 1, 0, 1) // another deadline
	show(at(7, 0), 0, 1, 0)
}

func TestAnItemNeverGoesBack(t *testing.T) {
	s, key := newState(), stock.Key{Store: "S1", SKU: "a"}
	at := func(version event.Version) *stock.Item {
		return &stock.Item{Key: key, Levels: stock.Levels{OnHand: int64(version), Version: version}}
	}
	for _, shown := range []event.Version{1, 3, 2, 3, 4} { // 2 comes from somebody who folds the log meanwhile
		s.show(at(shown), false)
	}
	require.Equal(t, at(4), s.item(key))
	s.show(at(3), false)
	require.Equal(t, at(4), s.item(key))
}
