package jsonevents_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

const indexDir = dataDir + "/snapshots"

// indexes are the files of saved indexes, the oldest first.
func (s *site) indexes() []string {
	names, err := s.disk.List(indexDir)
	if !errorsIsNotExist(err) {
		require.NoError(s.t, err)
	}
	return names
}

func errorsIsNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// grow appends commits of all kinds: with keys, fencing tokens and several
// streams, far enough for skip pointers.
func grow(t *testing.T, store ports.EventStore, versions map[event.StreamID]event.Version, rng *rand.Rand, n int) {
	t.Helper()
	for range n {
		position := store.Head().Position
		c := ports.Commit{ID: fmt.Sprint("id-", position+1), Time: noon.Add(time.Duration(position) * time.Second)}
		if rng.IntN(2) == 0 {
			c.Key = fmt.Sprint("key-", position+1)
		}
		for range 1 + rng.IntN(3) {
			id := event.StreamID(fmt.Sprint("s", rng.IntN(40)))
			versions[id]++
			c.Events = append(c.Events, fact(id, versions[id]))
		}
		if rng.IntN(10) == 0 {
			c.Tokens = []ports.FencingToken{{Stream: c.Events[0].Stream, Token: int64(position)}}
		}
		require.NoError(t, attempt(store, c))
	}
}

// seen returns everything that a store shows.
func seen(t *testing.T, store *jsonevents.Store, versions map[event.StreamID]event.Version) map[string]any {
	t.Helper()
	all := map[string]any{"ids": ids(t, store)}
	status := condition(t, store)
	status.Tables = nil // keys whose time is over may be there or not
	all["status"] = status
	for id := range versions {
		var events []ports.StreamEvent
		for e, err := range store.Stream(context.Background(), id, 0, ports.Newest) {
			require.NoError(t, err)
			events = append(events, e)
		}
		all["stream "+string(id)] = events
	}
	for n := range status.Position {
		key := fmt.Sprint("key-", n+1)
		_, found, err := store.CommitByKey(context.Background(), key)
		require.NoError(t, err)
		all[key] = found
	}
	return all
}

// same compares two results of seen, without printing all of it.
func same(t *testing.T, want, got map[string]any) {
	t.Helper()
	require.Len(t, got, len(want))
	for what := range want {
		require.Equal(t, fmt.Sprint(want[what]), fmt.Sprint(got[what]), what)
	}
}

func TestAStoreIsTheSameFromASavedIndex(t *testing.T) {
	rng := seeded(t)
	for range 20 {
		s := newSite(t)
		s.opts.SegmentBytes = 1000 + rng.Int64N(40_000)
		s.opts.KeyTTL = time.Duration(1+rng.IntN(300)) * time.Second
		versions := map[event.StreamID]event.Version{}
		store := s.open()
		for range rng.IntN(5) {
			grow(t, store, versions, rng, rng.IntN(300))
			require.NoError(t, store.SaveIndex(context.Background(), nil))
		}
		grow(t, store, versions, rng, rng.IntN(40))
		want := seen(t, store, versions)
		require.NoError(t, store.Close())
		report, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: s.disk, KeyTTL: s.opts.KeyTTL},
			func(ports.Recorded) error { return nil })
		require.NoError(t, err)
		require.Len(t, s.indexes(), report.Indexes)

		store = s.open()
		same(t, want, seen(t, store, versions))
		grow(t, store, versions, rng, 50)
		want = seen(t, store, versions)
		require.NoError(t, store.Close())
		for _, name := range s.indexes() {
			require.NoError(t, s.disk.Remove(indexDir+"/"+name))
		}
		same(t, want, seen(t, s.open(), versions))
		require.Empty(t, s.incidents)
	}
}

func TestAnIndexSavedUnderLoadIsThatOfItsPosition(t *testing.T) {
	rng := seeded(t)
	s := newSite(t)
	s.opts.SegmentBytes = 50_000
	store := s.open()
	versions := map[event.StreamID]event.Version{}
	grow(t, store, versions, rng, 500)
	saving := make(chan error)
	go func() {
		var err error
		for range 10 {
			if err == nil {
				err = store.SaveIndex(context.Background(), func(time.Duration) time.Duration { return time.Microsecond })
			}
		}
		saving <- err
	}()
	for done := false; !done; {
		grow(t, store, versions, rng, 10)
		select {
		case err := <-saving:
			require.NoError(t, err)
			done = true
		default:
		}
	}
	require.NoError(t, store.Close())
	require.Len(t, s.indexes(), 3)
	_, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: s.disk, KeyTTL: s.opts.KeyTTL},
		func(ports.Recorded) error { return nil })
	require.NoError(t, err)
}

func TestASavedIndexThatFailsHarmsNothing(t *testing.T) {
	for _, op := range []string{"create", "write", "sync", "rename", "syncdir"} {
		t.Run(op, func(t *testing.T) {
			rng := seeded(t)
			s := newSite(t)
			store := s.open()
			versions := map[event.StreamID]event.Version{}
			grow(t, store, versions, rng, 30)
			s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
				if c.Op == op && strings.HasPrefix(c.Name, indexDir) {
					return simdisk.Fault{Err: errBroken}
				}
				return simdisk.Fault{}
			})
			require.ErrorIs(t, store.SaveIndex(context.Background(), nil), errBroken)
			s.disk.Plan(nil)
			grow(t, store, versions, rng, 30)
			require.NoError(t, store.SaveIndex(context.Background(), nil))
			want := seen(t, store, versions)
			require.NoError(t, store.Close())
			same(t, want, seen(t, s.open(), versions))
		})
	}
}

var errBroken = fmt.Errorf("broken: %w", durablefile.ErrLocked)

func TestSavingAnIndexEndsWithTheStore(t *testing.T) {
	s := newSite(t)
	store := s.open()
	require.NoError(t, store.SaveIndex(context.Background(), nil), "an empty log has none to save")
	require.Empty(t, s.indexes())
	require.NoError(t, store.Close())
	require.ErrorIs(t, store.SaveIndex(context.Background(), nil), ports.ErrUnavailable)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.Error(t, store.SaveIndex(ctx, nil))
}
