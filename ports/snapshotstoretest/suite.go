// Package snapshotstoretest is the contract of ports.SnapshotStore as tests, for
// every adapter to pass.
package snapshotstoretest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Opener opens one more instance on the same store, as one more process does.
type Opener func(t *testing.T) ports.SnapshotStore

// Run runs the whole contract; place makes a new empty store for each test.
func Run(t *testing.T, place func(t *testing.T) Opener) {
	for name, test := range map[string]func(*testing.T, ports.SnapshotStore){
		"without snapshots nothing is loaded": testNone,
		"what was saved is loaded, in order":  testOrder,
		"older snapshots can be read too":     testOlder,
		"a record is any bytes, or refused":   testBytes,
		"the newest three are kept":           testKept,
		"a save that fails changes nothing":   testFailure,
		"a save rests as it is told":          testPace,
		"records break off early":             testBreak,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)(t)) })
	}
	t.Run("two instances show the same", func(t *testing.T) { testTwo(t, place(t)) })
	t.Run("one instance reads while the other saves", func(t *testing.T) { testReadsDuringSaves(t, place(t)) })
}

func records(n int, of event.Position) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var record []byte
		for i := range n {
			record = fmt.Appendf(record[:0], `["%d of %d"]`, i, of) // the same bytes again, as the contract allows
			if !yield(record, nil) {
				return
			}
		}
	}
}

// load reads the newest snapshot; position 0 means that there is none.
func load(t *testing.T, s ports.SnapshotStore) (event.Position, []string) {
	t.Helper()
	all := positions(t, s)
	if len(all) == 0 {
		return 0, nil
	}
	return all[0], read(t, s, all[0])
}

// read reads a snapshot. It looks at the records only when the iteration has ended.
func read(t *testing.T, s ports.SnapshotStore, at event.Position) []string {
	t.Helper()
	var records [][]byte
	for record, err := range s.Records(context.Background(), at) {
		require.NoError(t, err)
		records = append(records, record)
	}
	var list []string
	for _, record := range records {
		list = append(list, string(record))
	}
	return list
}

// readFault returns the error that ends the records, nil if none does.
func readFault(ctx context.Context, s ports.SnapshotStore, at event.Position) (fault error) {
	for _, err := range s.Records(ctx, at) {
		fault = err
	}
	return fault
}

func want(n int, of event.Position) []string {
	var list []string
	for record, err := range records(n, of) {
		if err == nil {
			list = append(list, string(record))
		}
	}
	return list
}

func save(t *testing.T, s ports.SnapshotStore, at event.Position, n int) {
	t.Helper()
	size, err := s.Save(context.Background(), at, records(n, at), nil)
	require.NoError(t, err)
	require.Positive(t, size)
}

func positions(t *testing.T, s ports.SnapshotStore) []event.Position {
	t.Helper()
	list, err := s.List(context.Background())
	require.NoError(t, err)
	var found []event.Position
	for _, one := range list {
		require.Positive(t, one.Bytes)
		found = append(found, one.At)
	}
	return found
}

func testNone(t *testing.T, s ports.SnapshotStore) {
	require.Empty(t, positions(t, s))
	require.ErrorIs(t, readFault(context.Background(), s, 5), ports.ErrNotStored)
}

func testOrder(t *testing.T, s ports.SnapshotStore) {
	const many = 30_000
	save(t, s, 7, many)
	at, got := load(t, s)
	require.Equal(t, event.Position(7), at)
	require.Equal(t, want(many, 7), got)
}

func testOlder(t *testing.T, s ports.SnapshotStore) {
	for at := range event.Position(3) {
		save(t, s, at+1, 5)
	}
	all := positions(t, s)
	require.Equal(t, []event.Position{3, 2}, all[:2])
	for _, at := range all {
		require.Equal(t, want(5, at), read(t, s, at))
	}
}

func testKept(t *testing.T, s ports.SnapshotStore) {
	for _, at := range []event.Position{9, 10, 100, 1000, 1000} {
		save(t, s, at, 1)
	}
	all := positions(t, s)
	require.Equal(t, []event.Position{1000, 100}, all[:2], "two or more are kept")
	require.LessOrEqual(t, len(all), 4)
	require.Equal(t, want(1, 1000), read(t, s, 1000))
	require.ErrorIs(t, readFault(context.Background(), s, 9), ports.ErrNotStored)
	save(t, s, 99, 1)
	require.Equal(t, event.Position(99), positions(t, s)[0], "what is later is of another history")
}

func testFailure(t *testing.T, s ports.SnapshotStore) {
	save(t, s, 1, 5)
	broken := errors.New("broken")
	_, err := s.Save(context.Background(), 2, func(yield func([]byte, error) bool) {
		for record, err := range records(50_000, 2) {
			if !yield(record, err) {
				return
			}
		}
		yield(nil, broken)
	}, nil)
	require.ErrorIs(t, err, broken)
	ctx, cancel := context.WithCancel(context.Background())
	_, err = s.Save(ctx, 3, func(yield func([]byte, error) bool) {
		cancel()
		for record, err := range records(50_000, 3) {
			if !yield(record, err) {
				return
			}
		}
	}, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.List(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, readFault(ctx, s, 1), context.Canceled)
	require.Equal(t, []event.Position{1}, positions(t, s))
}

func testPace(t *testing.T, s ports.SnapshotStore) {
	_, err := s.Save(context.Background(), 1, records(50_000, 1), func(worked time.Duration) time.Duration {
		require.GreaterOrEqual(t, worked, time.Duration(0))
		return time.Microsecond
	})
	require.NoError(t, err)
	_, got := load(t, s)
	require.Len(t, got, 50_000)
}

func testBreak(t *testing.T, s ports.SnapshotStore) {
	save(t, s, 1, 50_000)
	n := 0
	for record, err := range s.Records(context.Background(), 1) {
		require.NoError(t, err)
		require.Equal(t, `["`+strconv.Itoa(n)+` of 1"]`, string(record))
		if n++; n == 3 {
			break
		}
	}
	require.Equal(t, 3, n)
}

func testBytes(t *testing.T, s ports.SnapshotStore) {
	list := []string{"", "x", strings.Repeat("y", 1<<20), "\x00\xff\r", `["\n"]`, ""}
	save := func(at event.Position, list []string) error {
		_, err := s.Save(context.Background(), at, func(yield func([]byte, error) bool) {
			for _, record := range list {
				if !yield([]byte(record), nil) {
					return
				}
			}
		}, nil)
		return err
	}
	require.NoError(t, save(1, list))
	require.Equal(t, list, read(t, s, 1))
	odd := []string{"first", "two\nlines", "\n"}
	if save(2, odd) == nil {
		require.Equal(t, odd, read(t, s, 2))
	} else {
		require.Equal(t, []event.Position{1}, positions(t, s), "it is refused as a whole")
	}
}
