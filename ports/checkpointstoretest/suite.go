// Package checkpointstoretest is the contract of ports.CheckpointStore as tests,
// for every adapter to pass.
package checkpointstoretest

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// Opener opens the same store, each time anew.
type Opener func(t *testing.T) ports.CheckpointStore

// Run runs the whole contract; place makes room for a new empty store for each test.
func Run(t *testing.T, place func(t *testing.T) Opener) {
	for name, test := range map[string]func(*testing.T, Opener){
		"without a checkpoint nothing is loaded":                     testNone,
		"what was saved is loaded, in order, also after a reopening": testOrder,
		"the newest takes the place of the one before":               testReplace,
		"names are any text and keep apart":                          testNames,
		"one that the reader refuses gives way to a spare":           testRefused,
		"a save that fails leaves the earlier one":                   testFailure,
		"what was deleted is gone, with its spares":                  testDelete,
		"records of all sizes, an empty list too":                    testSizes,
		"a save rests as it is told":                                 testPace,
		"names are saved at the same time":                           testConcurrent,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

func records(n int, of string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var record []byte
		for i := range n {
			record = fmt.Appendf(record[:0], `["%d of %s"]`, i, of) // the same bytes again, as the contract allows
			if !yield(record, nil) {
				return
			}
		}
	}
}

func want(n int, of string) []string {
	list := []string{}
	for record, err := range records(n, of) {
		if err == nil {
			list = append(list, string(record))
		}
	}
	return list
}

func save(t *testing.T, s ports.CheckpointStore, name string, n int, of string) {
	t.Helper()
	size, err := s.Save(context.Background(), name, records(n, of), nil)
	require.NoError(t, err)
	if n > 0 {
		require.Positive(t, size)
	}
}

// load gives the newest checkpoint that accept takes, by its records.
func load(t *testing.T, s ports.CheckpointStore, name string, accept func(records []string) error) (got []string, found bool, refused []error) {
	t.Helper()
	found, err := s.Load(context.Background(), name, func() ports.SnapshotReader {
		got = []string{}
		return ports.SnapshotReader{
			Decode: func(record []byte) (any, error) { return string(record), nil },
			Take: func(record any) error {
				got = append(got, record.(string))
				return accept(got)
			},
		}
	}, func(why error) { refused = append(refused, why) })
	require.NoError(t, err)
	return got, found, refused
}

func all([]string) error { return nil }

// expect requires that a name's checkpoint is n records of that text.
func expect(t *testing.T, s ports.CheckpointStore, name string, n int, of string) {
	t.Helper()
	got, found, refused := load(t, s, name, all)
	require.True(t, found, "%q", name)
	require.Empty(t, refused)
	require.Equal(t, want(n, of), got, "%q", name)
}

func expectNone(t *testing.T, s ports.CheckpointStore, name string) {
	t.Helper()
	_, found, refused := load(t, s, name, all)
	require.False(t, found, "%q", name)
	require.Empty(t, refused)
}

func testNone(t *testing.T, open Opener) {
	s := open(t)
	expectNone(t, s, "view")
	require.NoError(t, s.Delete(context.Background(), "view"), "there is nothing to delete")
}

func testOrder(t *testing.T, open Opener) {
	const many = 30_000
	save(t, open(t), "view", many, "many")
	expect(t, open(t), "view", many, "many")
}

func testReplace(t *testing.T, open Opener) {
	s := open(t)
	for i := range 7 {
		save(t, s, "view", 3, fmt.Sprint(i))
		expect(t, s, "view", 3, fmt.Sprint(i))
		s = open(t)
		expect(t, s, "view", 3, fmt.Sprint(i))
	}
	save(t, s, "view", 1, "shorter")
	expect(t, s, "view", 1, "shorter")
}

func testNames(t *testing.T, open Opener) {
	names := []string{
		"", " ", ".", "..", "../view", "../../etc/passwd", "/view", "view/", "a/b", `a\b`, "view", "View", "VIEW", "view.tmp", "view\n", "view\x00", "*", "-", "wéb",
		"we\u0301b", "在庫", strings.Repeat("n", 64), strings.Repeat("n", 65), strings.Repeat("n", 1000), strings.Repeat("é", 300),
	}
	s := open(t)
	for i, name := range names {
		save(t, s, name, 2, fmt.Sprint(i))
	}
	s = open(t)
	for i, name := range names {
		expect(t, s, name, 2, fmt.Sprint(i))
	}
	for i, name := range names {
		require.NoError(t, s.Delete(context.Background(), name))
		expectNone(t, s, name)
		for later := i + 1; later < len(names); later++ {
			expect(t, s, names[later], 2, fmt.Sprint(later))
		}
	}
}

func testSizes(t *testing.T, open Opener) {
	s := open(t)
	save(t, s, "none", 0, "")
	expect(t, s, "none", 0, "")
	list := []string{"", "x", strings.Repeat("y", 1<<20), "\x00\xff\r", ""}
	_, err := s.Save(context.Background(), "sizes", func(yield func([]byte, error) bool) {
		for _, record := range list {
			if !yield([]byte(record), nil) {
				return
			}
		}
	}, nil)
	require.NoError(t, err)
	got, found, _ := load(t, open(t), "sizes", all)
	require.True(t, found)
	require.Equal(t, list, got)
}

func testPace(t *testing.T, open Opener) {
	s := open(t)
	_, err := s.Save(context.Background(), "view", records(50_000, "view"), func(worked time.Duration) time.Duration {
		require.GreaterOrEqual(t, worked, time.Duration(0))
		return time.Microsecond
	})
	require.NoError(t, err)
	expect(t, s, "view", 50_000, "view")
}

func testConcurrent(t *testing.T, open Opener) {
	s := open(t)
	var done sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprintf("view-%d", i)
		done.Go(func() {
			for n := range 10 {
				if _, err := s.Save(context.Background(), name, records(n+1, name), nil); err != nil {
					t.Errorf("save %s: %v", name, err)
				}
			}
		})
		done.Go(func() {
			for range 20 {
				var last string
				n := 0
				_, err := s.Load(context.Background(), name, func() ports.SnapshotReader {
					n = 0
					return ports.SnapshotReader{
						Decode: func(record []byte) (any, error) { return string(record), nil },
						Take:   func(record any) error { n++; last = record.(string); return nil },
					}
				}, func(why error) { t.Errorf("load %s: %v", name, why) })
				if err != nil || n > 0 && last != fmt.Sprintf(`["%d of %s"]`, n-1, name) {
					t.Errorf("load %s: %v, %q of %d", name, err, last, n)
				}
			}
		})
	}
	done.Wait()
	for i := range 8 {
		name := fmt.Sprintf("view-%d", i)
		expect(t, s, name, 10, name)
	}
}
