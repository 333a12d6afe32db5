package jsonevents

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// The golden log: what the first version of the format wrote, to the byte. It
// is kept for ever; a new format gets new files beside it.
var golden = []struct{ name, file string }{
	{"/data/log/00000000000000000001.ndjson", "testdata/v1/log/00000000000000000001.ndjson"},
	{"/data/log/00000000000000000004.ndjson", "testdata/v1/log/00000000000000000004.ndjson"},
	{"/data/log/00000000000000000005.ndjson", "testdata/v1/log/00000000000000000005.ndjson"},
	{"/data/HEAD", "testdata/v1/HEAD"},
}

const goldenStore = "0195a1b2-0000-7000-8000-00000000abcd"

// goldenAppends are the appends from which the golden log came.
func goldenAppends() [][]ports.Commit {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	plain := ports.Commit{
		ID:     "0195a1b2-0000-7000-8000-000000000001",
		Time:   at,
		Events: []ports.Event{{Stream: "stock/S1/A", Version: 1, Type: "stock.adjusted.v1", Time: at, Data: []byte(`{"delta":5}`)}},
	}
	rich := ports.Commit{
		ID: "0195a1b2-0000-7000-8000-000000000002", Time: at.Add(time.Second), Actor: "Jürgen \"JJ\" \\ \n\t\x01 日本", RequestID: "r-1", Key: "k-1",
		Fingerprint: "sha256:00ff", Result: []byte(`{"onHand":7,"text":"}]"}`),
		Tokens: []ports.FencingToken{{Stream: "stock/S1/A", Token: 7}, {Stream: "stock/S1/ü/\u2028", Token: 3}},
		Events: []ports.Event{
			{Stream: "stock/S1/A", Version: 2, Type: "stock.adjusted.v1", Time: at, Data: []byte(`{"delta":2,"reason":"a \"}\" b"}`)},
			{Stream: "stock/S1/ü/\u2028", Version: 1, Type: "stock.counted.v1", Time: at.Add(time.Second), Data: []byte(`{"counted":0}`)},
			{Stream: "stock/S1/A", Version: 3, Type: "stock.adjusted.v1", Time: at.Add(time.Second), Data: []byte(`{"delta":1}`)},
		},
	}
	late := ports.Commit{ID: "", Time: at, Result: []byte(`true`), Events: []ports.Event{
		{Stream: "s", Version: 1, Type: "t", Time: time.Time{}, Data: []byte(`{}`)},
	}}
	long := ports.Commit{ID: "long", Time: at.Add(time.Hour)}
	for v := range event.Version(31) {
		long.Events = append(long.Events,
			ports.Event{Stream: "s", Version: v + 2, Type: "t", Time: long.Time, Data: []byte(`{}`)})
	}
	again := ports.Commit{ID: "again", Time: at.Add(2 * time.Hour), Key: "k-2", Events: []ports.Event{
		{Stream: "stock/S1/A", Version: 4, Type: "stock.adjusted.v1", Time: at.Add(2 * time.Hour), Data: []byte(`{"delta":-8}`)},
	}}
	return [][]ports.Commit{{plain}, {rich, late}, {long}, {again}}
}

func TestGoldenLog(t *testing.T) {
	open := func(t *testing.T, disk *simdisk.Disk) *Store {
		store, err := Open("/data", Options{Disk: disk, SegmentBytes: 1500, IdleAfter: time.Hour, KeyTTL: time.Hour})
		require.NoError(t, err)
		t.Cleanup(func() { _ = store.Close() })
		return store
	}
	place := func(t *testing.T, disk *simdisk.Disk, name string, content []byte) {
		require.NoError(t, disk.MkdirAll("/data"))
		require.NoError(t, disk.MkdirAll("/data/log"))
		require.NoError(t, durablefile.WriteAtomically(disk, name, content))
	}
	t.Run("the same appends write the same bytes", func(t *testing.T) {
		disk := simdisk.New()
		first, _ := (&logline.Header{Segment: 1, Store: goldenStore}).Encode()
		place(t, disk, golden[0].name, append(first, '\n'))
		store := open(t, disk)
		for _, commits := range goldenAppends() {
			results, err := store.Append(context.Background(), commits)
			require.NoError(t, err)
			for _, r := range results {
				require.NoError(t, r.Err)
			}
		}
		require.NoError(t, store.Close())
		for _, g := range golden {
			written, err := durablefile.ReadAll(disk, g.name)
			require.NoError(t, err)
			want, err := os.ReadFile(g.file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(written))
		}
	})
	t.Run("it opens, and every commit comes back as it was given", func(t *testing.T) {
		disk := simdisk.New()
		for _, g := range golden {
			content, err := os.ReadFile(g.file)
			require.NoError(t, err)
			for _, l := range strings.SplitAfter(string(content), "\n") {
				require.True(t, l == "" || json.Valid([]byte(l)), "%q", l)
			}
			place(t, disk, g.name, content)
		}
		var want []ports.Recorded
		for _, commits := range goldenAppends() {
			for _, c := range commits {
				if len(want) > 0 {
					c.Time = later(c.Time, want[len(want)-1].Time)
				}
				want = append(want, ports.Recorded{Position: event.Position(len(want) + 1), Commit: c})
			}
		}
		var found []ports.Recorded
		for c, err := range open(t, disk).Commits(context.Background(), 0) {
			require.NoError(t, err)
			found = append(found, c)
		}
		require.Equal(t, want, found)
	})
}

func TestHeadReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Int64Range(0, 1e18-1)
		h := head{
			Position: event.Position(number.Draw(t, "position")),
			End:      logline.Offset{Segment: event.Position(number.Draw(t, "segment")), Byte: number.Draw(t, "byte")},
			Hash:     logline.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")),
			LastUsed: time.UnixMicro(rapid.Int64Range(-62135596800_000000, 253402300799_999999).Draw(t, "microseconds")).UTC(),
		}
		encoded := h.encode()
		require.True(t, json.Valid(encoded))
		back, err := decodeHead(encoded)
		require.NoError(t, err)
		require.Equal(t, h, back)
	})
}
