package jsonevents_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// written is a line, read without the adapter.
type written struct {
	Segment, Position int
	Store             string
	Epoch             int64
	Batch             int
	Prev, Hash        string
}

// chained reads every line of every segment and checks the chain, the positions
// and that each group commit begins at a line of its own segment. It returns
// the headers.
func (s *site) chained() []written {
	var headers []written
	files := s.files()
	prev, position := strings.Repeat("0", 64), 0
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range files {
			if strings.HasPrefix(name, logDir) && !yield(name) {
				return
			}
		}
	}) {
		at, begins := 0, map[int]bool{}
		for number, line := range strings.SplitAfter(files[name], "\n") {
			if line == "" {
				break
			}
			var w written
			require.NoError(s.t, json.Unmarshal([]byte(line), &w))
			body, _, found := strings.Cut(line, `,"hash":"`)
			require.True(s.t, found)
			sum := sha256.Sum256([]byte(body))
			require.Equal(s.t, hex.EncodeToString(sum[:]), w.Hash)
			require.Equal(s.t, prev, w.Prev)
			prev = w.Hash
			begins[at] = number > 0
			if number == 0 {
				require.Equal(s.t, name, segment(event.Position(w.Segment)))
				require.Equal(s.t, position+1, w.Segment)
				headers = append(headers, w)
			} else {
				position++
				require.Equal(s.t, position, w.Position)
				require.True(s.t, begins[w.Batch], "group commit at byte %d of %s", w.Batch, name)
			}
			at += len(line)
		}
	}
	return headers
}

func TestRoll(t *testing.T) {
	t.Run("segments form one chain, and no group commit is in two of them", func(t *testing.T) {
		s := newSite(t)
		s.opts.SegmentBytes = 1500
		store := s.open()
		v := event.Version(0)
		for n := range 20 {
			var commits []ports.Commit
			for range 1 + n%7 {
				v++
				c := entry("a", v)
				c.Tokens = []ports.FencingToken{{Stream: "a", Token: int64(v)}}
				commits = append(commits, c)
			}
			put(t, store, commits...)
		}
		require.NoError(t, store.Close())
		headers := s.chained()
		require.Greater(t, len(headers), 8)
		for _, h := range headers {
			require.Equal(t, headers[0].Store, h.Store)
			require.Equal(t, int64(h.Segment-1), h.Epoch, "the highest fencing token before the segment")
		}
		s.continues(s.open())
	})
	t.Run("a segment is never smaller than one group commit", func(t *testing.T) {
		s := newSite(t)
		s.opts.SegmentBytes = 1 // less than a header
		store := s.open()
		put(t, store, entry("a", 1), entry("a", 2))
		put(t, store, entry("a", 3))
		require.Error(t, attempt(store, entry("a", 3)), "refused, after a roll perhaps")
		require.Error(t, attempt(store, entry("a", 3)))
		put(t, store, entry("a", 4))
		require.NoError(t, store.Close())
		var firsts []int
		for _, h := range s.chained() {
			firsts = append(firsts, h.Segment)
		}
		require.Equal(t, []int{1, 3, 4}, firsts)
		s.continues(s.open())
	})
	t.Run("reads cross segments both ways", func(t *testing.T) {
		s := newSite(t)
		s.opts.SegmentBytes = 700
		store := s.open()
		for v := range event.Version(60) {
			put(t, store, entry("a", v+1))
		}
		require.Greater(t, len(s.chained()), 20)
		for from := range event.Version(61) {
			n := event.Version(0)
			for e, err := range store.Stream(t.Context(), "a", from, ports.Newest) {
				require.NoError(t, err)
				newest := event.Version(60)
				if from > 0 {
					newest = from
				}
				require.Equal(t, newest-n, e.Version)
				n++
			}
			next := max(from, 1)
			for e, err := range store.Stream(t.Context(), "a", from, ports.Oldest) {
				require.NoError(t, err)
				require.Equal(t, next, e.Version)
				next++
			}
			require.Equal(t, event.Version(61), next)
			position := event.Position(from)
			for c, err := range store.Commits(t.Context(), position) {
				require.NoError(t, err)
				position++
				require.Equal(t, position, c.Position)
				require.Equal(t, fmt.Sprint("a", position), c.ID)
			}
			require.Equal(t, event.Position(60), position)
		}
	})
}
