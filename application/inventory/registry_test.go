package inventory

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func TestARegistryNeverGoesBack(t *testing.T) {
	at := func(version event.Version, remaining int64) *reservation.Reservation {
		return &reservation.Reservation{ID: "r", State: reservation.State{
			Lines:     []reservation.Line{{Key: stock.Key{Store: "S1", SKU: "a"}, Quantity: 2, Remaining: remaining}},
			ExpiresAt: time.UnixMicro(int64(version)), Version: version,
		}}
	}
	r := newReservations()
	publish := func(entry *reservation.Reservation, open, closed, due int) {
		t.Helper()
		r.publish(entry, false)
		require.Equal(t, []int{open, open, closed, due},
			[]int{r.Count(), r.openIDs.count, r.closed.count, len(r.Due(time.Now(), 9))})
		require.Equal(t, due, r.overdue.count)
	}
	publish(at(1, 2), 1, 0, 1)
	publish(at(3, 0), 0, 1, 0)
	publish(at(2, 1), 0, 1, 0) // an older state, folded from the log meanwhile
	publish(at(3, 2), 0, 1, 0)
	publish(at(5, 2), 1, 0, 1) // open again
	publish(at(4, 0), 1, 0, 1)
	publish(at(6, 2), 1, 0, 1) // another deadline
	publish(at(7, 0), 0, 1, 0)
}

func TestAnItemNeverGoesBack(t *testing.T) {
	s, key := NewState(), stock.Key{Store: "S1", SKU: "a"}
	at := func(version event.Version) *stock.Item {
		return &stock.Item{Key: key, Levels: stock.Levels{OnHand: int64(version), Version: version}}
	}
	publish := func(item *stock.Item) {
		p := s.Publish(1)
		p.Item(item)
		p.End(&ports.Commit{})
	}
	for _, version := range []event.Version{1, 3, 2, 3, 4} { // 2 is folded from the log meanwhile
		publish(at(version))
	}
	require.Equal(t, at(4), s.Item(key))
	publish(at(3))
	require.Equal(t, at(4), s.Item(key))
}
