package inventory

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func TestASnapshotWaitsForGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewState()
		publish := func(sku string, at event.Position) {
			p := s.Publish(at)
			p.Item(&stock.Item{Key: stock.Key{Store: "S1", SKU: sku}, Levels: stock.Levels{Version: 1}})
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

func TestASnapshotThatIsNotWaitedForLeavesRoomForTheNext(t *testing.T) {
	s := NewState()
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
