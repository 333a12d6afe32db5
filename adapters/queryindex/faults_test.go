package queryindex_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/ports"
)

var all = ports.ClosedQuery{Kind: ports.ReservationEntry, Sort: ports.ByID, Limit: 100, Examine: 100}

func entry(id, status string, micros int64) ports.ClosedEntry {
	at := time.UnixMicro(micros).UTC()
	return ports.ClosedEntry{
		Kind: ports.ReservationEntry, ID: id, Version: 1, Status: status, CreatedAt: at, UpdatedAt: at, Data: []byte("{}"),
	}
}

// faulty is a store whose calls may fail or wait.
type faulty struct {
	orderedkv.Store
	read   error
	refuse error         // of writes
	begun  chan struct{} // takes each write that begins, if set
	write  chan struct{} // what each write waits for then
	status orderedkv.Status
	onScan func()
	gets   int
}

func (f *faulty) Get(key []byte) ([]byte, bool, error) {
	if f.read != nil {
		return nil, false, f.read
	}
	f.gets++
	return f.Store.Get(key)
}

func (f *faulty) Scan(lower, upper []byte, reverse bool) iter.Seq2[orderedkv.Pair, error] {
	return func(yield func(orderedkv.Pair, error) bool) {
		if f.read != nil {
			yield(orderedkv.Pair{}, f.read)
			return
		}
		for p, err := range f.Store.Scan(lower, upper, reverse) {
			if f.onScan != nil {
				f.onScan()
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

func (f *faulty) Write(b *orderedkv.Batch) error {
	if f.begun != nil {
		f.begun <- struct{}{}
		<-f.write
	}
	if f.refuse != nil {
		return f.refuse
	}
	return f.Store.Write(b)
}

func (f *faulty) Status() orderedkv.Status { return f.status }

func opened(t *testing.T, store orderedkv.Store) *queryindex.Index {
	t.Helper()
	x, err := queryindex.New(store)
	require.NoError(t, err)
	return x
}

func TestDamageMakesTheIndexUnavailable(t *testing.T) {
	store := &faulty{Store: orderedkv.NewMemory()}
	x := opened(t, store)
	require.NoError(t, x.Put(t.Context(), []ports.ClosedEntry{entry("a", "released", 1)}, ports.IndexMark{Position: 1}))
	store.read = fmt.Errorf("%w: a block", orderedkv.ErrDamaged)
	_, _, err := x.Find(t.Context(), ports.ReservationEntry, "a")
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.ErrorContains(t, err, "the next start rebuilds it")
	_, err = x.List(t.Context(), all)
	require.ErrorIs(t, err, ports.ErrUnavailable)
	err = x.Put(t.Context(), []ports.ClosedEntry{entry("b", "released", 1)}, ports.IndexMark{Position: 2})
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.EqualValues(t, 1, x.Mark().Position)
	_, err = queryindex.New(store)
	require.ErrorIs(t, err, ports.ErrUnavailable)
}

func TestAWriteThatFailsMovesNoMark(t *testing.T) {
	store := &faulty{Store: orderedkv.NewMemory()}
	x := opened(t, store)
	store.refuse = orderedkv.ErrStalled
	err := x.Put(t.Context(), []ports.ClosedEntry{entry("a", "released", 1)}, ports.IndexMark{Position: 1})
	require.ErrorIs(t, err, orderedkv.ErrStalled)
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.Zero(t, x.Mark().Position)
	require.Zero(t, x.Status().Entries)
}

func TestARecordThatCannotBeReadMakesTheIndexUnavailable(t *testing.T) {
	for _, record := range []string{"", "\x02", "\x01\x02", "\x01\x02\x05abc", "\x01\x02\x0016 bytes of times\x01\xff\x00"} {
		store := orderedkv.NewMemory()
		x := opened(t, store)
		require.NoError(t, x.Put(t.Context(), []ports.ClosedEntry{entry("a", "released", 1)}, ports.IndexMark{}))
		b := &orderedkv.Batch{}
		b.Put([]byte("r\x00a"), []byte(record))
		require.NoError(t, store.Write(b))
		_, _, err := x.Find(t.Context(), ports.ReservationEntry, "a")
		require.ErrorIs(t, err, ports.ErrUnavailable, "%q", record)
		_, err = x.List(t.Context(), all)
		require.ErrorIs(t, err, ports.ErrUnavailable, "%q", record)
	}
}

func TestAStoreOfAnotherFormatIsEmptied(t *testing.T) {
	for _, state := range []string{`{"format":9,"position":7}`, "?", ""} {
		store := orderedkv.NewMemory()
		x := opened(t, store)
		require.NoError(t, x.Put(t.Context(), []ports.ClosedEntry{entry("a", "released", 1)}, ports.IndexMark{Position: 7}))
		b := &orderedkv.Batch{}
		b.Put([]byte("m"), []byte(state))
		if state == "" {
			b.Delete([]byte("m"))
		}
		require.NoError(t, store.Write(b))
		x = opened(t, store)
		require.Zero(t, x.Mark())
		page, err := x.List(t.Context(), all)
		require.NoError(t, err)
		require.Empty(t, page.Entries)
	}
}

func TestAPutWaitsUntilItsContextEndsAndKeepsItsTurn(t *testing.T) {
	// Given a disk on which a write waits
	store := &faulty{
		Store: orderedkv.NewMemory(), status: orderedkv.Status{Waiting: true},
		begun: make(chan struct{}, 2), write: make(chan struct{}),
	}
	x := opened(t, store)
	ctx, end := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		left <- x.Put(ctx, []ports.ClosedEntry{entry("a", "released", 1)}, ports.IndexMark{Position: 1})
	}()
	<-store.begun
	// When its caller leaves and another Put comes
	end()
	require.ErrorIs(t, <-left, context.Canceled)
	require.Contains(t, x.Status().Detail, "full")
	require.ErrorIs(t, x.Put(ctx, nil, ports.IndexMark{Position: 9}), context.Canceled)
	next := make(chan error, 1)
	go func() {
		next <- x.Put(t.Context(), []ports.ClosedEntry{entry("b", "released", 1)}, ports.IndexMark{Position: 2})
	}()
	// Then the later one is written last, once there is space
	close(store.write)
	require.NoError(t, <-next)
	require.EqualValues(t, 2, x.Mark().Position)
	require.EqualValues(t, 2, x.Status().Entries)
}

func TestAStoreTellsItsCondition(t *testing.T) {
	store := &faulty{Store: orderedkv.NewMemory(), status: orderedkv.Status{Bytes: 5}}
	x := opened(t, store)
	require.Equal(t, ports.IndexStatus{Bytes: 5}, x.Status())
	store.status.Stalled = errors.New("an I/O error")
	require.Contains(t, x.Status().Detail, "starts again: an I/O error")
	store.status.Damaged = errors.New("a checksum")
	require.Contains(t, x.Status().Detail, "rebuilds it from the log: a checksum")
}

func TestAnEntryThatIsReplacedDuringAListIsNotListedAsItWas(t *testing.T) {
	store := &faulty{Store: orderedkv.NewMemory()}
	x := opened(t, store)
	require.NoError(t, x.Put(t.Context(), []ports.ClosedEntry{entry("a", "released", 1)}, ports.IndexMark{}))
	store.onScan = func() {
		store.onScan = nil
		newer := entry("a", "expired", 2)
		newer.Version++
		require.NoError(t, x.Put(t.Context(), []ports.ClosedEntry{newer}, ports.IndexMark{}))
	}
	q := all
	q.Statuses = []string{"released"}
	page, err := x.List(t.Context(), q)
	require.NoError(t, err)
	require.Empty(t, page.Entries)
	require.Nil(t, store.onScan)
}
