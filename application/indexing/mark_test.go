package indexing_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/ports"
)

// Several entries of one commit may come in different writes: none leaves memory before the mark
// has reached the commit.
func TestTheMarkNeverPassesAnEntryThatIsNotInTheIndex(t *testing.T) {
	s := newShop(t)
	ids := make([]string, 5)
	for i := range ids {
		ids[i] = s.reserve()
	}
	before := s.Position()
	p := s.Inventory().Publish(before + 1) // one commit closes all
	for _, id := range ids {
		r := *s.Inventory().Reservations().Open(id)
		released, err := r.Release(nil, r.UpdatedAt)
		require.NoError(t, err)
		r.Apply(released[0])
		p.Reservation(&r)
	}
	p.End(&ports.Commit{})
	indexer := indexing.New(s.Inventory(), anyCommit{}, indexing.Options{Batch: 2})
	writes := 0
	s.index.set(func(context.Context) error {
		if writes++; writes > 1 {
			require.LessOrEqual(t, s.index.Mark().Position, before)
			require.Equal(t, 5, indexer.Ending())
		}
		return nil
	})
	require.NoError(t, indexer.Flush(t.Context()))
	require.Equal(t, 3, writes)
	require.Equal(t, before+1, s.index.Mark().Position)
	require.Zero(t, indexer.Ending())
}

// A snapshot does not tell when its entries were closed.
func TestTheMarkNeverPassesAnEntryOfASnapshotThatIsNotInTheIndex(t *testing.T) {
	// Given a state of a snapshot with closed entries
	index := &moody{QueryIndex: queryindex.InMemory()}
	builder := inventory.NewBuilder(index)
	const at = 9
	builder.Begin(at, 0)
	for n := range 4 {
		builder.AddReservation(&reservation.Reservation{ID: fmt.Sprint("r", n), State: reservation.State{Version: 2}})
	}
	state := builder.State()
	indexer := indexing.New(state, anyCommit{}, indexing.Options{Batch: 2})
	// When the second of two writes fails
	writes := 0
	index.set(func(context.Context) error {
		if writes++; writes > 1 {
			return errDisk
		}
		return nil
	})
	require.ErrorIs(t, indexer.Flush(t.Context()), errDisk)
	// Then the mark does not claim what the index lacks, and all entries stay in memory
	require.Zero(t, index.Mark())
	require.Equal(t, 4, indexer.Ending())
	index.set(nil)
	require.NoError(t, indexer.Flush(t.Context()))
	require.EqualValues(t, at, index.Mark().Position)
	require.Zero(t, indexer.Ending())
}
