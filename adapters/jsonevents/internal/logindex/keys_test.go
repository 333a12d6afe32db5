package logindex

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func TestAKeyThatWasUsedTwiceIsKnownFromItsLastUse(t *testing.T) {
	key := HashKey("K")
	keys := newKeyTable()
	keys.add(usedKey{key: key, commit: logline.Offset{Byte: 1}})
	keys.add(usedKey{key: key, commit: logline.Offset{Byte: 2}, at: 1})
	for _, known := range []bool{true, true, false} {
		last, found := keys.find(key)
		require.Equal(t, known, found)
		if known {
			require.Equal(t, int64(2), last.commit.Byte)
			keys.forgetFirst()
		}
	}
	require.Empty(t, keys.numbers)
}

// subject is an index, and the log that it is of.
type subject struct {
	*Index
	t     *testing.T
	of    Origin
	bytes int64
}

func newSubject(t *testing.T, store orderedkv.Store, o Options) *subject {
	return &subject{Index: New(store, o), t: t, of: Origin{Store: "s", Segments: []event.Position{1}}}
}

// commit takes a commit of one event. Its key may be empty.
func (s *subject) commit(stream event.StreamID, key string, at time.Time) error {
	version, _, err := s.Stream(stream)
	require.NoError(s.t, err)
	c := ports.Commit{Key: key, Time: at, Events: []ports.Event{{Stream: stream, Version: version + 1}}}
	p := NewPending(s.Index)
	if err := p.Check(&c, HashKey(key)); err != nil {
		return err
	}
	s.bytes += 100
	p.Add(&c, HashKey(key), logline.Offset{Segment: 1, Byte: s.bytes})
	p.Apply()
	s.of.Last.Position++
	s.of.Last.Time = at
	return nil
}

func (s *subject) flush() {
	s.t.Helper()
	f, last := s.Cut(s.of)
	require.True(s.t, last)
	if f != nil {
		require.NoError(s.t, f.Write())
	}
}

// knows reports whether the index knows a key.
func (s *subject) knows(key string) bool {
	s.t.Helper()
	_, found, err := s.Key(HashKey(key))
	require.NoError(s.t, err)
	return found
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestKeysAreKnownForTheirTimeAndNotForEver(t *testing.T) {
	const known = 2 * time.Hour
	store := orderedkv.NewMemory()
	s := newSubject(t, store, Options{KnowKeys: known, MaxKeys: 1000, Tails: 10})
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * 7 * time.Minute) }
	for n := range 200 {
		require.NoError(t, s.commit("a", fmt.Sprint(n), at(n)))
		if n%3 == 0 {
			s.flush()
		}
		for older := range n {
			if at(older).After(at(n).Add(-known)) {
				require.True(t, s.knows(fmt.Sprint(older)), "%d at %d", older, n)
				require.ErrorAs(t, s.commit("b", fmt.Sprint(older), at(n)), new(*ports.DuplicateKeyError))
			}
		}
		require.LessOrEqual(t, len(s.state.Buckets), 4)
		if n%50 == 49 { // a start
			s.flush()
			x, mark, err := Open(store, s.options)
			require.NoError(t, err)
			require.True(t, mark.HasKeys(at(n).Add(-known)))
			require.False(t, mark.HasKeys(noon))
			s.Index = x
		}
	}
	require.False(t, s.knows("0"))
	kept := 0
	for _, err := range store.Scan([]byte{keyPrefix}, []byte{keyPrefix + 1}, false) {
		require.NoError(t, err)
		kept++
	}
	require.Less(t, kept, 60, "of two hours, and of one bucket of an hour more")
}

func TestAKeyThatWasLookedUpInVainIsFoundOnceItIsUsed(t *testing.T) {
	s := newSubject(t, orderedkv.NewMemory(), Options{KnowKeys: time.Hour, MaxKeys: 10, Tails: 10})
	require.NoError(t, s.commit("a", "first", noon))
	s.flush()
	require.False(t, s.knows("k"))
	require.NoError(t, s.commit("a", "k", noon))
	require.True(t, s.knows("k"))
	s.flush()
	require.True(t, s.knows("k"))
}
