// Package checkpointstoretest is the contract of ports.CheckpointStore as tests,
// for every adapter to pass.
package checkpointstoretest

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// Opener opens one more instance on the same store, as one more process does.
type Opener func(t *testing.T) ports.CheckpointStore

// Run runs the whole contract; place makes a new empty store for each test.
func Run(t *testing.T, place func(t *testing.T) Opener) {
	for name, test := range map[string]func(*testing.T, Opener){
		"without a checkpoint nothing is loaded":                     testNone,
		"what was saved is loaded, in order, also after a reopening": testOrder,
		"the newest takes the place of the one before":               testReplace,
		"names are any text and keep apart":                          testNames,
		"generations that are listed can be read":                    testGenerations,
		"a save that fails leaves the earlier one":                   testFailure,
		"what was deleted is gone, with its spares":                  testDelete,
		"records of all sizes, an empty list too":                    testSizes,
		"a save rests as it is told":                                 testPace,
		"names are saved at the same time":                           testConcurrent,
		"two instances show the same":                                testTwo,
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

// load reads the newest generation; false if there is none.
func load(t *testing.T, s ports.CheckpointStore, name string) (got []string, found bool) {
	t.Helper()
	list, err := s.List(context.Background(), name)
	require.NoError(t, err)
	for i := range list {
		require.True(t, i == 0 || list[i].Generation < list[i-1].Generation, "%q: %v", name, list)
	}
	if len(list) == 0 {
		return nil, false
	}
	got, err = read(context.Background(), s, name, list[0].Generation)
	require.NoError(t, err)
	return got, true
}

// read reads a generation. It looks at the records only when the iteration has ended.
func read(ctx context.Context, s ports.CheckpointStore, name string, generation int64) ([]string, error) {
	var records [][]byte
	for record, err := range s.Records(ctx, name, generation) {
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	list := []string{}
	for _, record := range records {
		list = append(list, string(record))
	}
	return list, nil
}

// expect requires that a name's checkpoint is n records of that text.
func expect(t *testing.T, s ports.CheckpointStore, name string, n int, of string) {
	t.Helper()
	got, found := load(t, s, name)
	require.True(t, found, "%q", name)
	require.Equal(t, want(n, of), got, "%q", name)
}

func expectNone(t *testing.T, s ports.CheckpointStore, name string) {
	t.Helper()
	_, found := load(t, s, name)
	require.False(t, found, "%q", name)
}

func testNone(t *testing.T, open Opener) {
	s := open(t)
	expectNone(t, s, "view")
	_, err := read(context.Background(), s, "view", 1)
	require.ErrorIs(t, err, ports.ErrNotStored)
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
		"", " ", ".", "..", "../view", "../../etc/passwd", "/view", "view/", "a/b", `a\b`, "view", "View", "VIEW", "view.tmp",
		"view\n", "view\x00", "*", "-", "wéb",
		"we\u0301b", "在庫", strings.Repeat("n", 64), strings.Repeat("n", 65), strings.Repeat("n", 1000),
		strings.Repeat("é", 300),
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
	got, found := load(t, open(t), "sizes")
	require.True(t, found)
	require.Equal(t, list, got)
	odd := []string{"first", "two\nlines", "\n"}
	_, err = s.Save(context.Background(), "sizes", func(yield func([]byte, error) bool) {
		for _, record := range odd {
			if !yield([]byte(record), nil) {
				return
			}
		}
	}, nil)
	if err == nil {
		list = odd
	}
	got, found = load(t, open(t), "sizes")
	require.True(t, found)
	require.Equal(t, list, got, "a record that the store cannot keep is refused with the whole")
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
