package eventstoretest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func keyed(key string, at time.Time, e ports.Event) ports.Commit {
	c := commit(e)
	c.Key, c.Fingerprint, c.Time = key, "f "+key, at
	return c
}

func testKeys(t *testing.T, s Subject) {
	results, err := s.Store.Append(context.Background(), []ports.Commit{
		keyed("k", start, fact("a", 1)), keyed("k", start, fact("b", 1)), keyed("l", start, fact("b", 1)),
	})
	require.NoError(t, err)
	require.NoError(t, results[0].Err)
	require.ErrorAs(t, results[1].Err, new(*ports.DuplicateKeyError))
	require.NoError(t, results[2].Err)
	for range 2 {
		require.ErrorAs(t, appendOne(t, s.Store, keyed("k", start, fact("c", 1))), new(*ports.DuplicateKeyError))
		found, ok, err := s.Store.CommitByKey(context.Background(), "k")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, event.Position(1), found.Position)
		require.Equal(t, "f k", found.Fingerprint)
		s.Store = s.Reopen()
	}
	_, ok, err := s.Store.CommitByKey(context.Background(), "unheard of")
	require.NoError(t, err)
	require.False(t, ok)
	require.Empty(t, versions(t, s.Store, "c", 0, ports.Oldest))
}

func testKeyLifetime(t *testing.T, s Subject) {
	find := func() (event.Position, bool) {
		c, known, err := s.Store.CommitByKey(context.Background(), "k")
		require.NoError(t, err)
		return c.Position, known
	}
	require.Equal(t, KeyTTL, s.Store.Properties().KeyLifetime)
	mustAppend(t, s.Store, keyed("k", start, fact("a", 1)))
	for i, at := range []time.Time{start.Add(KeyTTL), start.Add(2*KeyTTL - time.Microsecond)} {
		mustAppend(t, s.Store, keyed(fmt.Sprint("other ", i), at, fact("a", event.Version(i+2))))
		for range 2 {
			position, known := find()
			require.True(t, known)
			require.Equal(t, event.Position(1), position)
			again := keyed("k", at, fact("b", 1))
			require.ErrorAs(t, appendOne(t, s.Store, again), new(*ports.DuplicateKeyError), "also after its lifetime")
			s.Store = s.Reopen()
		}
	}
	later := start.Add(2 * KeyTTL)
	mustAppend(t, s.Store, keyed("later", later, fact("a", 4)))
	_, known := find()
	again := appendOne(t, s.Store, keyed("k", later, fact("a", 5)))
	if known {
		require.ErrorAs(t, again, new(*ports.DuplicateKeyError), "a key that is found is refused")
		return
	}
	require.NoError(t, again, "a key that is not found is free")
	for range 2 {
		position, known := find()
		require.True(t, known)
		require.Equal(t, event.Position(5), position, "the last use counts")
		s.Store = s.Reopen()
	}
}
