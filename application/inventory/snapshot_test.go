package inventory

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func TestASnapshotWaitsForGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewState(nil)
		publish := func(sku string, at event.Position) {
			p := s.Publish(at)
			key := stock.Key{Store: "S1", SKU: sku}
			p.Item(&stock.Item{Key: key, Levels: stock.Levels{Version: 1}}, s.Item(key))
			p.End(&ports.Commit{})
		}
		publish("second", 2) // the first commit is still on its way to readers
		taken := make(chan *Snapshot, 1)
		go func() {
			snapshot, err := s.Snapshot(context.Background())
			require.NoError(t, err)
			taken <- snapshot
		}()
		synctest.Wait()
		require.Empty(t, taken)
		publish("first", 1)
		snapshot := <-taken
		publish("third", 3)
		require.Equal(t, event.Position(2), snapshot.Position())
		var skus []string
		for item := range snapshot.Items() {
			skus = append(skus, item.SKU)
		}
		require.Equal(t, []string{"first", "second"}, skus)
		_, err := s.Snapshot(context.Background())
		require.Error(t, err, "there is one at a time")
		snapshot.Release()
		snapshot.Release()
		again, err := s.Snapshot(context.Background())
		require.NoError(t, err)
		require.Equal(t, event.Position(3), again.Position())
		again.Release()
	})
}

func TestASnapshotHasWhatWasEvictedMeanwhile(t *testing.T) {
	s := NewState(nil)
	entry := func(id string, v event.Version, remaining int64) *reservation.Reservation {
		r := version(v, remaining)
		r.ID = id
		return r
	}
	publish := func(at event.Position, entry *reservation.Reservation) {
		p := s.Publish(at)
		p.Reservation(entry)
		p.End(&ports.Commit{})
	}
	publish(1, entry("ending", 1, 0))
	publish(2, entry("open", 1, 2))
	publish(3, entry("returned", 1, 0))
	s.Publish(5).End(&ports.Commit{}) // commit 4 is still on its way
	_, _, err := s.cut()
	require.NoError(t, err)
	s.reservations.Evict(s.reservations.Closings(3))
	publish(4, entry("returned", 2, 0)) // before the cut
	publish(6, entry("open", 2, 0))
	publish(7, entry("later", 1, 0))
	s.reservations.Evict(s.reservations.Closings(7))
	require.Zero(t, s.reservations.Count()+s.reservations.Ending())
	var got []*reservation.Reservation
	for r := range s.reservations.atCut() {
		got = append(got, r)
	}
	require.Equal(t, []*reservation.Reservation{
		entry("ending", 1, 0), entry("open", 1, 2), entry("returned", 2, 0),
	}, got)
	s.endCut()
}

func TestASnapshotThatIsNotWaitedForLeavesRoomForTheNext(t *testing.T) {
	s := NewState(nil)
	p := s.Publish(2)
	p.End(&ports.Commit{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Snapshot(ended)
	require.ErrorIs(t, err, context.Canceled)
	s.Publish(1).End(&ports.Commit{})
	snapshot, err := s.Snapshot(t.Context())
	require.NoError(t, err)
	snapshot.Release()
}
