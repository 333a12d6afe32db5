package indexing_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/ports"
)

func TestAStartContinuesWhileTheIndexCannotBeBuilt(t *testing.T) {
	for name, mood := range map[string]func(context.Context) error{
		"it fails": failing,
		"it waits": hanging,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// Given a log with closed reservations, a snapshot that leaves them to the index, and an index
				// that was lost and that can be opened, but not written
				s := newShop(t)
				before := s.closed(3)
				require.NoError(t, s.indexer(indexing.Options{}).Flush(t.Context()))
				index := &moody{QueryIndex: queryindex.InMemory(), mood: mood}
				late := indexing.Opened(index)
				state := inventory.NewBuilder(late)
				state.Begin(s.Position(), 1)
				state.AddItem(s.Inventory().Item(item))
				s.Ledger = s.on(state.State())
				need := indexing.Need{Mark: s.Position(), At: s.Position()}
				// When the service starts, then it continues, says so, and the log answers
				require.NoError(t, indexing.Prepare(t.Context(), late, s.store, need, s.report))
				indexer := s.indexer(indexing.Options{})
				indexer.Start()
				after := s.closed(2)
				time.Sleep(10 * time.Minute)
				for _, id := range append(before, after...) {
					status, _ := s.status(id)
					require.Equal(t, reservation.CommittedStatus, status)
				}
				_, err := late.List(t.Context(), ports.ClosedQuery{Kind: ports.ReservationEntry, Limit: 1, Examine: 1})
				require.ErrorIs(t, err, ports.ErrUnavailable)
				require.Equal(t, need.Mark, late.Mark().Position, "a snapshot needs the same mark")
				require.NotEmpty(t, late.Status().Detail)
				told := map[string]int{}
				for len(s.told) > 0 {
					told[(<-s.told).Message]++
				}
				require.Len(t, told, 3, "that it lacks entries, that it cannot be built, and that it cannot be written")
				for message, times := range told {
					require.Equal(t, 1, times, message)
				}
				// And once it can be written, it has everything
				index.set(nil)
				time.Sleep(time.Minute)
				require.Len(t, all(t, late), 5)
				require.Zero(t, indexer.Ending())
				require.Empty(t, late.Status().Detail)
				indexer.Stop(t.Context())
				require.NoError(t, late.Close())
			})
		})
	}
}

func TestAStartWithADamagedLogDoesNotContinue(t *testing.T) {
	s := newShop(t)
	s.closed(1)
	need := indexing.Need{Mark: 1, At: s.Position() + 1}
	late := indexing.Opened(queryindex.InMemory())
	require.ErrorContains(t, indexing.Prepare(t.Context(), late, s.store, need, s.report), "the log ends")
	ctx, cancel := context.WithCancel(t.Context())
	index := &moody{QueryIndex: queryindex.InMemory(), mood: func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	}}
	need.At = s.Position()
	require.ErrorIs(t, indexing.Prepare(ctx, indexing.Opened(index), s.store, need, s.report), context.Canceled)
}

func TestAStartWithAFullDiskUsesTheIndexOnceThereIsSpace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Given a log with closed reservations, which a snapshot leaves to the index
		s := newShop(t)
		before := s.closed(3)
		require.NoError(t, s.indexer(indexing.Options{}).Flush(t.Context()))
		// When the service starts and the index cannot be opened
		var space atomic.Bool
		index := queryindex.InMemory()
		late := indexing.NewLate(func() (ports.QueryIndex, error) {
			if !space.Load() {
				return index, errDisk
			}
			return index, nil
		}, errDisk)
		state := inventory.NewBuilder(late)
		state.Begin(s.Position(), 1)
		state.AddItem(s.Inventory().Item(item))
		s.Ledger = s.on(state.State())
		need := indexing.Need{Mark: s.Position(), At: s.Position()}
		require.NoError(t, indexing.Prepare(t.Context(), late, s.store, need, func(ports.Incident) {}))
		indexer := s.indexer(indexing.Options{})
		indexer.Start()
		// Then the log and memory answer, and a snapshot needs the same mark
		after := s.closed(2)
		time.Sleep(time.Minute)
		for _, id := range append(before, after...) {
			status, version := s.status(id)
			require.Equal(t, reservation.CommittedStatus, status)
			require.Equal(t, event.Version(2), version)
		}
		require.Equal(t, need.Mark, late.Mark().Position)
		require.Contains(t, late.Status().Detail, errDisk.Error())
		_, err := late.List(t.Context(), ports.ClosedQuery{Kind: ports.ReservationEntry, Limit: 1, Examine: 1})
		require.ErrorIs(t, err, ports.ErrUnavailable)
		require.ErrorIs(t, late.Reset(t.Context()), ports.ErrUnavailable)
		require.Equal(t, 2, indexer.Ending())
		// And once there is space, the index has everything
		space.Store(true)
		time.Sleep(time.Minute)
		require.Zero(t, indexer.Ending())
		require.Len(t, all(t, late), 5)
		require.Equal(t, s.Position(), late.Mark().Position)
		require.Empty(t, late.Status().Detail)
		indexer.Stop(t.Context())
		require.NoError(t, late.Close())
		_, _, err = index.Find(t.Context(), ports.ReservationEntry, before[0])
		require.ErrorIs(t, err, ports.ErrUnavailable, "it is closed")
	})
}
