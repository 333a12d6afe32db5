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

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// version is a reservation at a version, closed if nothing remains.
func version(v event.Version, remaining int64) *reservation.Reservation {
	return &reservation.Reservation{ID: "r", State: reservation.State{
		Lines:     []reservation.Line{{Key: stock.Key{Store: "S1", SKU: "a"}, Quantity: 2, Remaining: remaining}},
		ExpiresAt: time.UnixMicro(int64(v)), Version: v,
	}}
}

func TestARegistryNeverGoesBack(t *testing.T) {
	s := NewState(nil)
	r := s.reservations
	publish := func(entry *reservation.Reservation, open, closed, due int) {
		t.Helper()
		r.publish(entry, Publication{state: s, at: event.Position(entry.Version)}, nil)
		require.Equal(t, []int{open, closed, due}, []int{r.Count(), r.Ending(), len(r.Due(time.Now(), 9))})
		in := &r.inOrder
		require.Equal(t, []int{open + closed, open + closed, open + closed, due},
			[]int{in.byID.count, in.byCreated.count, in.byUpdated.count, in.deadlines.count})
		in = &r.ended
		require.Equal(t, []int{closed, closed, closed, 0},
			[]int{in.byID.count, in.byCreated.count, in.byUpdated.count, in.deadlines.count})
	}
	publish(version(1, 2), 1, 0, 1)
	publish(version(3, 0), 0, 1, 0)
	publish(version(2, 1), 0, 1, 0) // an older state, folded from the log meanwhile
	publish(version(3, 2), 0, 1, 0)
	publish(version(5, 2), 1, 0, 1) // open again
	publish(version(4, 0), 1, 0, 1)
	publish(version(6, 2), 1, 0, 1) // another deadline
	publish(version(7, 0), 0, 1, 0)
}

func TestAnEvictedEntryDoesNotComeBack(t *testing.T) {
	s := NewState(nil)
	r := s.reservations
	publish := func(at event.Position, entry *reservation.Reservation) {
		p := s.Publish(at)
		p.Reservation(entry)
		p.End(&ports.Commit{})
	}
	publish(1, version(1, 2))
	require.Empty(t, s.Closed())
	publish(2, version(2, 0))
	require.Len(t, s.Closed(), 1)
	require.Empty(t, r.Closings(1))
	r.Evict(r.Closings(2))
	require.Zero(t, r.inOrder.byID.count+r.ended.byID.count)
	publish(1, version(1, 2)) // late, as where the log was folded meanwhile
	publish(2, version(2, 0))
	require.Nil(t, r.InMemory("r"))
	publish(3, version(3, 2))
	require.Equal(t, version(3, 2), r.InMemory("r"), "a later commit opens it again")
}

func TestAnEntryThatChangedIsNotEvicted(t *testing.T) {
	s := NewState(nil)
	r := s.reservations
	publish := func(at event.Position, entry *reservation.Reservation) {
		r.publish(entry, Publication{state: s, at: at}, nil)
	}
	publish(1, version(1, 0))
	old := r.Closings(1)
	publish(2, version(2, 0))
	r.Evict(old)
	require.Equal(t, version(2, 0), r.InMemory("r"))
	old = r.Closings(2)
	publish(3, version(3, 2))
	r.Evict(old)
	require.Equal(t, version(3, 2), r.InMemory("r"))
}

func TestAnItemNeverGoesBack(t *testing.T) {
	s, key := NewState(nil), stock.Key{Store: "S1", SKU: "a"}
	at := func(version event.Version) *stock.Item {
		return &stock.Item{Key: key, Levels: stock.Levels{OnHand: int64(version), Version: version}}
	}
	publish := func(item *stock.Item) {
		p := s.Publish(1)
		require.True(t, p.Item(item, s.Item(key)))
		p.End(&ports.Commit{})
	}
	for _, version := range []event.Version{1, 3, 2, 3, 4} { // 2 is folded from the log meanwhile
		publish(at(version))
	}
	require.Equal(t, at(4), s.Item(key))
	publish(at(3))
	require.Equal(t, at(4), s.Item(key))
}
