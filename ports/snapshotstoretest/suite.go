// Package snapshotstoretest is the contract of ports.SnapshotStore as tests, for
// every adapter to pass.
package snapshotstoretest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Run runs the whole contract; open makes a new empty store for each test.
func Run(t *testing.T, open func(t *testing.T) ports.SnapshotStore) {
	for name, test := range map[string]func(*testing.T, ports.SnapshotStore){
		"without snapshots nothing is loaded":                      testNone,
		"what was saved is loaded, in order":                       testOrder,
		"a snapshot that the reader refuses gives way to an older": testRefused,
		"the newest three are kept":                                testKept,
		"a save that fails changes nothing":                        testFailure,
		"a save rests as it is told":                               testPace,
		"records break off early":                                  testBreak,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
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

// load loads the newest snapshot that accept takes, and what was refused.
func load(t *testing.T, s ports.SnapshotStore, accept func(event.Position) bool) (event.Position, []string, []event.Position) {
	t.Helper()
	var got []string
	var refused []event.Position
	at, err := s.Load(context.Background(), func(at event.Position) ports.SnapshotReader {
		got = nil
		return ports.SnapshotReader{
			Decode: func(record []byte) (any, error) { return string(record), nil },
			Take: func(record any) error {
				if got = append(got, record.(string)); len(got) > 2 && !accept(at) {
					return errors.New("not this one")
				}
				return nil
			},
		}
	}, func(at event.Position, why error) {
		require.ErrorContains(t, why, "not this one")
		refused = append(refused, at)
	})
	require.NoError(t, err)
	return at, got, refused
}

func all(event.Position) bool { return true }

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
	at, got, refused := load(t, s, all)
	require.Zero(t, at)
	require.Empty(t, got)
	require.Empty(t, refused)
	require.Empty(t, positions(t, s))
	for _, err := range s.Records(context.Background(), 5) {
		require.Error(t, err)
	}
}

func testOrder(t *testing.T, s ports.SnapshotStore) {
	const many = 30_000
	save(t, s, 7, many)
	at, got, _ := load(t, s, all)
	require.Equal(t, event.Position(7), at)
	require.Equal(t, want(many, 7), got)
	got = nil
	for record, err := range s.Records(context.Background(), 7) {
		require.NoError(t, err)
		got = append(got, string(record))
	}
	require.Equal(t, want(many, 7), got)
}

func testRefused(t *testing.T, s ports.SnapshotStore) {
	for at := range event.Position(3) {
		save(t, s, at+1, 5)
	}
	at, got, refused := load(t, s, func(at event.Position) bool { return at == 1 })
	require.Equal(t, event.Position(1), at)
	require.Equal(t, want(5, 1), got)
	require.Equal(t, []event.Position{3, 2}, refused)
	at, _, refused = load(t, s, func(event.Position) bool { return false })
	require.Zero(t, at)
	require.Len(t, refused, 3)
}

func testKept(t *testing.T, s ports.SnapshotStore) {
	for _, at := range []event.Position{9, 10, 100, 1000, 1000} {
		save(t, s, at, 1)
	}
	require.Equal(t, []event.Position{1000, 100, 10}, positions(t, s)[:3])
	at, _, _ := load(t, s, all)
	require.Equal(t, event.Position(1000), at)
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
	_, err = s.Load(ctx, func(event.Position) ports.SnapshotReader { return ports.SnapshotReader{} }, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []event.Position{1}, positions(t, s))
}

func testPace(t *testing.T, s ports.SnapshotStore) {
	_, err := s.Save(context.Background(), 1, records(50_000, 1), func(worked time.Duration) time.Duration {
		require.GreaterOrEqual(t, worked, time.Duration(0))
		return time.Microsecond
	})
	require.NoError(t, err)
	_, got, _ := load(t, s, all)
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
