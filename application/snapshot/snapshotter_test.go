package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// growing is a log in memory, which does not say how large it is, and the state that it
// leads to.
type growing struct {
	*shop
	state *inventory.State
	small int64 // what the smallest commit adds, in bytes
	saved int   // calls of the saver beside the snapshots
	count int
}

func newGrowing(t *testing.T) *growing {
	g := &growing{shop: newShop(t), state: inventory.NewState(nil)}
	g.commit(0)
	g.small = g.state.Grown().Bytes
	return g
}

// commit writes one event, in a commit that is some bytes larger than the smallest.
func (g *growing) commit(larger int64) {
	g.count++
	c := ports.Commit{ID: fmt.Sprintf("c-%06d", g.count), Time: time.Now(), Events: []ports.Event{{
		Stream: deadletter.Stream(fmt.Sprintf("view-%06d-0", g.count)), Version: 1, Type: deadletter.DeletedV1, Time: time.Now(), Data: []byte("{}"),
	}}}
	if larger > 0 {
		c.Result = []byte(strings.Repeat("7", int(larger)))
	}
	fates, err := g.store.Append(context.Background(), []ports.Commit{c})
	require.NoError(g.t, errors.Join(err, fates[0].Err))
	require.NoError(g.t, g.state.Fold(&ports.Recorded{Position: fates[0].Position, Commit: c}))
}

// grow writes so many events and bytes, and gives the Snapshotter time.
func (g *growing) grow(s *snapshot.Snapshotter, events int, bytes int64) event.Position {
	for n := range events {
		larger := max(0, bytes-g.small*int64(events-n))
		if n < events-1 {
			larger = min(larger, 3<<20)
		}
		g.commit(larger)
		bytes -= g.small + larger
	}
	time.Sleep(10 * time.Second)
	synctest.Wait()
	return s.Status().Position
}

// nothingBehind is the read barrier of a log that has one writer.
type nothingBehind struct{}

func (nothingBehind) CatchUp(context.Context) error { return nil }

func (g *growing) start(opts snapshot.Options) *snapshot.Snapshotter {
	opts.Report, opts.Now, opts.AlsoSave = g.report, time.Now, []snapshot.Saver{func(context.Context, ports.Pace) error {
		g.saved++
		return nil
	}}
	s := snapshot.New(g.state, nothingBehind{}, g.store, g.snapshots, opts)
	require.NoError(g.t, s.Start(context.Background()))
	return s
}

// restart begins with the newest snapshot of some, as a new process does.
func (g *growing) restart(snapshots ports.SnapshotStore) {
	state, err := snapshot.Restore(context.Background(), snapshots, nil, g.store, g.report)
	require.NoError(g.t, err)
	for c, err := range g.store.Commits(context.Background(), state.Position()) {
		require.NoError(g.t, err)
		require.NoError(g.t, state.Fold(&c))
	}
	g.state = state
}

func TestSnapshotsAreTakenWhenTheLogHasGrownEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const least = 4 << 20
		g := newGrowing(t)
		s := g.start(snapshot.Options{EveryEvents: 100})
		require.Zero(t, g.grow(s, 99, least-2*g.small-1), "one byte too few, beside what the next commit has")
		require.Equal(t, event.Position(101), g.grow(s, 1, g.small+1))
		require.Equal(t, event.Position(101), g.grow(s, 99, 100<<20), "too few events")
		require.Equal(t, event.Position(201), g.grow(s, 1, 0))
		require.Equal(t, 2, g.saved)
		g.grow(s, 50, 1<<20)
		s.Stop(context.Background())
		require.Equal(t, event.Position(201), s.Status().Position, "hardly anything to save")
		require.Empty(t, g.incidents)

		g.restart(g.snapshots)
		s = g.start(snapshot.Options{EveryEvents: 100})
		require.Equal(t, event.Position(201), s.Status().Position)
		require.Equal(t, event.Position(201), g.grow(s, 49, 2<<20), "too few events")
		require.Equal(t, event.Position(301), g.grow(s, 1, 1<<20), "what was folded after the snapshot counts")
		require.Equal(t, event.Position(301), g.grow(s, 100, 3<<20), "too few bytes")
		s.Stop(context.Background())
		require.Equal(t, event.Position(401), s.Status().Position, "the last one is taken for fewer bytes")

		g.restart(&memory.SnapshotStore{}) // as where no snapshot could be used
		s = g.start(snapshot.Options{EveryEvents: 100})
		require.Zero(t, s.Status().Position)
		require.Equal(t, event.Position(402), g.grow(s, 1, 0), "one that can be used is due at once")
		s.Stop(context.Background())
	})
}

func TestAProcessThatBeginsToLeadKnowsTheSnapshotsOfTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrowing(t)
		var leads atomic.Bool
		s := g.start(snapshot.Options{EveryEvents: 100, Leads: leads.Load})
		require.Zero(t, g.grow(s, 200, 8<<20), "another process leads")
		other := g.start(snapshot.Options{EveryEvents: 100})
		require.NoError(t, other.Take(context.Background(), nil))
		other.Stop(context.Background())
		g.grow(s, 50, 2<<20)
		leads.Store(true)
		require.Equal(t, event.Position(201), g.grow(s, 1, g.small))
		require.Equal(t, event.Position(351), g.grow(s, 99, 2<<20), "what came since that snapshot is counted, about")
		s.Stop(context.Background())
	})
}

func TestASnapshotThatFailsIsReportedAndTriedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrowing(t)
		full := errors.New("no room")
		failing := &failingSnapshots{SnapshotStore: g.snapshots}
		failing.failed.Store(&full)
		s := snapshot.New(g.state, nothingBehind{}, g.store, failing,
			snapshot.Options{EveryEvents: 1, Report: g.report, Now: time.Now})
		require.NoError(t, s.Start(context.Background()))
		for failures := range 2 {
			g.grow(s, 2, 5<<20)
			require.Len(t, g.incidents, failures+1, "once for each growth, not once a second")
			require.ErrorIs(t, g.incidents[failures].Err, full)
			require.Equal(t, failures+1, s.Status().Failures)
		}
		failing.failed.Store(nil)
		require.Equal(t, event.Position(7), g.grow(s, 2, 5<<20))
		s.Stop(context.Background())
	})
}

type failingSnapshots struct {
	ports.SnapshotStore
	failed atomic.Pointer[error]
}

func (s *failingSnapshots) Save(
	ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace ports.Pace,
) (int64, error) {
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
		snapshotter := snapshot.New(s.ledger.Inventory(), s.ledger, s.store, stuck{s.snapshots},
			snapshot.Options{EveryEvents: 1, Report: s.report, Now: time.Now})
		require.NoError(t, snapshotter.Start(context.Background()))
		_, err := (&command.AdjustStock{
			Item: stock.Key{Store: "S1", SKU: "a"}, Delta: 5,
		}).Handle(context.Background(), s.ledger, command.Call{NewID: s.id})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		began := time.Now()
		snapshotter.Stop(ctx)
		require.Equal(t, 5*time.Second, time.Since(began))
		require.Empty(t, s.incidents, "the next start reads a little more of the log, that is all")
	})
}
