package snapshot_test

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// sized is a log that says how large it is.
type sized struct {
	ports.EventStore
	bytes atomic.Int64
	saved atomic.Int64
}

func (s *sized) Status(ctx context.Context) (ports.StoreStatus, error) {
	status, err := s.EventStore.Status(ctx)
	status.Details.Bytes = s.bytes.Load()
	return status, err
}

func (s *sized) SaveIndex(context.Context, ports.Pace) error {
	s.saved.Add(1)
	return nil
}

func TestSnapshotsAreTakenWhenTheLogHasGrownEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		log := &sized{EventStore: s.store}
		taker := snapshot.NewTaker(s.ledger, log, s.store, s.snapshots, snapshot.Options{SaveIndex: log.SaveIndex, EveryEvents: 100, Report: s.report, Now: time.Now})
		require.NoError(t, taker.Start(context.Background()))
		grow := func(events int, bytes int64) event.Position {
			for range events {
				_, err := (&command.AdjustStock{Item: stock.Key{Store: "S1", SKU: "a"}, Delta: 5}).Handle(context.Background(), s.ledger, command.Call{NewID: s.id})
				require.NoError(t, err)
			}
			log.bytes.Add(bytes)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			return taker.Status().Position
		}
		require.Zero(t, grow(100, 4<<20-1), "too few bytes")
		require.Equal(t, event.Position(101), grow(1, 1))
		require.Equal(t, event.Position(101), grow(99, 100<<20), "too few events")
		require.Equal(t, event.Position(201), grow(1, 0))
		require.Equal(t, int64(2), log.saved.Load())
		grow(50, 1)
		taker.Stop(context.Background())
		require.Equal(t, event.Position(201), taker.Status().Position, "hardly anything to save")
		require.Empty(t, s.incidents)

		s.ledger = s.restored()
		taker = snapshot.NewTaker(s.ledger, log, s.store, s.snapshots, snapshot.Options{SaveIndex: log.SaveIndex, EveryEvents: 100, Report: s.report, Now: time.Now})
		require.NoError(t, taker.Start(context.Background()))
		require.Equal(t, event.Position(201), taker.Status().Position)
		require.Equal(t, event.Position(351), grow(100, 1), "a fifth of the log came after the snapshot, the start knows")
		require.Equal(t, event.Position(351), grow(100, 3<<20))
		taker.Stop(context.Background())
		require.Equal(t, event.Position(451), taker.Status().Position, "the last one is taken for fewer bytes")

		s.ledger = s.folded() // as where no snapshot could be used
		taker = snapshot.NewTaker(s.ledger, log, s.store, s.snapshots, snapshot.Options{SaveIndex: log.SaveIndex, EveryEvents: 100, Report: s.report, Now: time.Now})
		require.NoError(t, taker.Start(context.Background()))
		require.Zero(t, taker.Status().Position)
		require.Equal(t, event.Position(452), grow(1, 0), "one that can be used is due at once")
		taker.Stop(context.Background())
	})
}

func TestASnapshotThatFailsIsReportedAndTriedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		log := &sized{EventStore: s.store}
		full := errors.New("no room")
		failing := &failingSnapshots{SnapshotStore: s.snapshots}
		failing.failed.Store(&full)
		taker := snapshot.NewTaker(s.ledger, log, s.store, failing, snapshot.Options{EveryEvents: 1, Report: s.report, Now: time.Now})
		require.NoError(t, taker.Start(context.Background()))
		adjust := func() {
			_, err := (&command.AdjustStock{Item: stock.Key{Store: "S1", SKU: "a"}, Delta: 5}).Handle(context.Background(), s.ledger, command.Call{NewID: s.id})
			require.NoError(t, err)
			log.bytes.Add(5 << 20)
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		adjust()
		require.Len(t, s.incidents, 1)
		require.ErrorIs(t, s.incidents[0].Err, full)
		require.Equal(t, 1, taker.Status().Failures)
		adjust()
		require.Len(t, s.incidents, 2, "once for each growth, not once a second")
		failing.failed.Store(nil)
		adjust()
		require.Equal(t, event.Position(3), taker.Status().Position)
		taker.Stop(context.Background())
	})
}

type failingSnapshots struct {
	ports.SnapshotStore
	failed atomic.Pointer[error]
}

func (s *failingSnapshots) Save(ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace ports.Pace) (int64, error) {
	if err := s.failed.Load(); err != nil {
		return 0, *err
	}
	return s.SnapshotStore.Save(ctx, at, records, pace)
}

// stuck is a store of snapshots on a disk that takes nothing any more.
type stuck struct{ ports.SnapshotStore }

func (stuck) Save(ctx context.Context, _ event.Position, _ iter.Seq2[[]byte, error], _ ports.Pace) (int64, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestTheLastSnapshotLeavesOthersTimeToStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		taker := snapshot.NewTaker(s.ledger, s.store, s.store, stuck{s.snapshots}, snapshot.Options{EveryEvents: 1, Report: s.report, Now: time.Now})
		require.NoError(t, taker.Start(context.Background()))
		_, err := (&command.AdjustStock{Item: stock.Key{Store: "S1", SKU: "a"}, Delta: 5}).Handle(context.Background(), s.ledger, command.Call{NewID: s.id})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		began := time.Now()
		taker.Stop(ctx)
		require.Equal(t, 5*time.Second, time.Since(began))
		require.Empty(t, s.incidents, "the next start reads a little more of the log, that is all")
	})
}
