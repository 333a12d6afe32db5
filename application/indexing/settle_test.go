package indexing_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/ports"
)

// refold is a start without snapshots on the shop's log: the fold fills an index.
func (s *shop) refold(index ports.QueryIndex) *indexing.Indexer {
	require.NoError(s, s.Close(s.Context()))
	s.Ledger = s.unopened(inventory.NewState(index))
	indexer := s.indexer(indexing.Options{Batch: 4})
	for c, err := range s.store.Commits(s.Context(), 0) {
		require.NoError(s, err)
		require.NoError(s, s.Inventory().Fold(&c))
		require.NoError(s, indexer.Settle(s.Context()), "the start continues")
	}
	return indexer
}

func TestAStartContinuesWhileTheIndexCannotBeWritten(t *testing.T) {
	for name, mood := range map[string]func(context.Context) error{
		"it fails": failing,
		"it waits": hanging,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShop(t)
				s.closed(20)
				index := &moody{QueryIndex: queryindex.InMemory(), mood: mood}
				indexer := s.refold(index)
				require.Equal(t, 20, indexer.Ending(), "all are in memory")
				require.Equal(t, 3, index.attempts(), "with 4, 8 and 16 of them")
				require.NotEmpty(t, s.told, "the report says so")
				index.set(nil)
				require.NoError(t, indexer.Flush(t.Context()))
				require.Zero(t, indexer.Ending())
				require.Len(t, all(t, index), 20)
			})
		})
	}
}

func TestAStartWithAFullDiskFoldsALongLog(t *testing.T) {
	s := newShop(t)
	s.closed(20)
	full := errDisk
	index := queryindex.InMemory()
	late := indexing.NewLate(func() (ports.QueryIndex, error) { return index, full }, errDisk)
	indexer := s.refold(late)
	require.Equal(t, 20, indexer.Ending())
	full = nil
	require.NoError(t, indexer.Flush(t.Context()))
	require.Zero(t, indexer.Ending())
	require.Len(t, all(t, late), 20)
}

func TestAStartThatEndsSettlesNoMore(t *testing.T) {
	s := newShop(t)
	s.closed(4)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.indexer(indexing.Options{Batch: 4}).Settle(ctx), context.Canceled)
}
