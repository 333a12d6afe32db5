package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func TestASnapshotTakenUnderLoadIsTheFoldOfTheLog(t *testing.T) {
	begin := seed(t)
	for round := range uint64(8) {
		s := newShop(t)
		snapshotter := s.snapshotter(snapshot.Options{EveryEvents: 1})
		var traders sync.WaitGroup
		for n := range uint64(4) {
			traders.Go(func() {
				rng := rand.New(rand.NewPCG(begin, 4*round+n))
				for range 200 {
					s.trade(rng)
				}
			})
		}
		traded := make(chan struct{})
		go func() { traders.Wait(); close(traded) }()
		for done := false; !done; {
			select {
			case <-traded:
				done = true
			default:
			}
			if s.ledger.Position() > 0 {
				require.NoError(t, snapshotter.Take(context.Background(), nil))
			}
		}
		compared, err := s.compare()
		require.NoError(t, err)
		require.Positive(t, compared)
		require.Equal(t, s.all(s.folded()), s.all(s.restored()))
		require.Equal(t, s.all(s.ledger), s.all(s.restored()))
		require.Empty(t, s.incidents)
	}
}

func TestALedgerIsTheSameFromASnapshotAndFromTheLog(t *testing.T) {
	begin := seed(t)
	for n := range 30 {
		s := newShop(t)
		snapshotter := s.snapshotter(snapshot.Options{EveryEvents: 1})
		rng := rand.New(rand.NewPCG(begin, uint64(n)))
		for range rng.IntN(3) {
			for range 1 + rng.IntN(100) {
				s.trade(rng)
			}
			if s.ledger.Position() > 0 {
				require.NoError(t, snapshotter.Take(context.Background(), nil))
			}
		}
		for range rng.IntN(30) {
			s.trade(rng)
		}
		want := s.all(s.folded())
		restored := s.restored()
		require.Equal(t, want, s.all(restored))
		s.ledger = restored
		for range 30 {
			s.trade(rng)
		}
		require.Equal(t, s.all(s.folded()), s.all(s.ledger), "it continues as the other would")
		require.Empty(t, s.incidents)
	}
}

// spoilt are snapshots with records that are changed when they are read.
type spoilt struct {
	ports.SnapshotStore
	spoil func(at event.Position, n int, record []byte) []byte
}

func (s spoilt) Records(ctx context.Context, at event.Position) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		n := 0
		for record, err := range s.SnapshotStore.Records(ctx, at) {
			n++
			if record = s.spoil(at, n, record); record != nil && !yield(record, err) {
				return
			}
		}
	}
}

func TestASnapshotThatIsNotOfThisLogIsNotUsed(t *testing.T) {
	s := newShop(t)
	rng := rand.New(rand.NewPCG(seed(t), 0))
	for range 3 {
		s.trades(rng, 20)
		require.NoError(t, s.snapshotter(snapshot.Options{}).Take(context.Background(), nil))
	}
	want := s.all(s.folded())
	for name, spoil := range map[string]func(at event.Position, n int, record []byte) []byte{
		"another commit": func(at event.Position, n int, record []byte) []byte {
			if n == 1 {
				return fmt.Appendf(nil, `{"v":2,"position":%d,"commit":"other","items":1,"indexed":0}`, at)
			}
			return record
		},
		"no beginning": func(_ event.Position, n int, record []byte) []byte {
			if n == 1 {
				return []byte(`{"transfer":{"id":"x","version":1}}`)
			}
			return record
		},
		"two beginnings": func(at event.Position, n int, record []byte) []byte {
			if n == 2 {
				return fmt.Appendf(nil, `{"v":2,"position":%d,"commit":"other","items":1,"indexed":0}`, at)
			}
			return record
		},
		"no record": func(_ event.Position, n int, record []byte) []byte {
			if n == 2 {
				return []byte(`{"something":"else"}`)
			}
			return record
		},
		"holds that are not reserved": func(_ event.Position, n int, record []byte) []byte {
			if n == 2 {
				return []byte(`{"item":{"store":"S","sku":"a","onHand":1,"reserved":0,"damaged":0,"qualityControl":0,"incoming":0,"available":1,` +
					`"policy":{"safetyStock":0,"oversellLimit":0},"version":1,"updatedAt":"2026-03-01T12:00:00.000000Z"},"holds":[{"reservation":"r","quantity":1}]}`)
			}
			return record
		},
	} {
		t.Run(name, func(t *testing.T) {
			for bad := range 4 {
				list, err := s.snapshots.List(context.Background())
				require.NoError(t, err)
				spoilt := spoilt{SnapshotStore: s.snapshots, spoil: func(at event.Position, n int, record []byte) []byte {
					for _, one := range list[:min(bad, len(list))] {
						if one.At == at {
							return spoil(at, n, record)
						}
					}
					return record
				}}
				var refused []ports.Incident
				state, err := snapshot.Restore(context.Background(), spoilt, nil, s.store,
					func(i ports.Incident) { refused = append(refused, i) })
				require.NoError(t, err)
				require.Len(t, refused, min(bad, 3))
				l := s.newLedger(state)
				require.NoError(t, l.Open(context.Background()))
				require.Equal(t, want, s.all(l))
			}
		})
	}
}

func TestAComparisonFindsEveryDifference(t *testing.T) {
	s := newShop(t)
	call := command.Call{NewID: s.id}
	for _, sku := range []string{"a", "b"} {
		_, err := (&command.AdjustStock{
			Item: stock.Key{Store: "S1", SKU: sku}, Delta: 5,
		}).Handle(context.Background(), s.ledger, call)
		require.NoError(t, err)
	}
	require.NoError(t, s.snapshotter(snapshot.Options{}).Take(context.Background(), nil))
	compared, err := s.compare()
	require.NoError(t, err)
	require.Equal(t, 1, compared)
	for name, spoil := range map[string]func(at event.Position, n int, record []byte) []byte{
		"too few": func(_ event.Position, n int, record []byte) []byte { return map[bool][]byte{n != 3: record}[true] },
		"another": func(_ event.Position, n int, record []byte) []byte {
			return append(record[:len(record):len(record)], ' ')
		},
		"of another": func(_ event.Position, n int, record []byte) []byte {
			return []byte(`{"v":2,"position":2,"commit":"other","items":2,"indexed":0}`)
		},
	} {
		c, err := snapshot.Compare(context.Background(), spoilt{SnapshotStore: s.snapshots, spoil: spoil}, nil)
		require.NoError(t, err)
		var difference error
		for commit, err := range s.store.Commits(context.Background(), 0) {
			require.NoError(t, err)
			difference = errors.Join(difference, c.Next(context.Background(), commit))
		}
		require.ErrorAs(t, difference, new(*snapshot.DifferenceError), name)
	}
	c, err := snapshot.Compare(context.Background(), s.snapshots, nil)
	require.NoError(t, err)
	_, err = c.End()
	require.ErrorAs(t, err, new(*snapshot.DifferenceError), "the log ends before it")
}

func TestASnapshotOfANewerVersionIsNotUsed(t *testing.T) {
	// given
	s := newShop(t)
	rng := rand.New(rand.NewPCG(seed(t), 0))
	s.trades(rng, 20)
	require.NoError(t, s.snapshotter(snapshot.Options{}).Take(context.Background(), nil))
	newer := spoilt{SnapshotStore: s.snapshots, spoil: func(_ event.Position, n int, record []byte) []byte {
		if n == 1 {
			return []byte(`{"v":3,"in":"another form"}`)
		}
		return record
	}}
	// when
	var told []ports.Incident
	state, err := snapshot.Restore(context.Background(), newer, nil, s.store,
		func(i ports.Incident) { told = append(told, i) })
	// then
	require.NoError(t, err)
	require.Zero(t, state.BuiltFrom())
	require.Len(t, told, 1)
	require.ErrorAs(t, told[0].Err, new(*ports.NewerFormatError))
	require.False(t, told[0].Severe, "it is no damage")
	c, err := snapshot.Compare(context.Background(), newer, nil)
	require.NoError(t, err)
	for commit, err := range s.store.Commits(context.Background(), 0) {
		require.NoError(t, err)
		require.NoError(t, c.Next(context.Background(), commit))
	}
	compared, err := c.End()
	require.NoError(t, err)
	require.Zero(t, compared)
	require.Len(t, c.Skipped(), 1)
	require.Contains(t, c.Skipped()[0], "a newer version of Onhand wrote it (format 3, this version reads 2)")
}
