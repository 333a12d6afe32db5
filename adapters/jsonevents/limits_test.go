package jsonevents_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func TestLimits(t *testing.T) {
	inBubble(t, "a full queue refuses at once", func(t *testing.T) {
		s := newSite(t)
		s.opts.Limits.Waiting = 2
		store, first, release := heldUp(s)
		second, third := background(store, "b"), background(store, "c")
		require.ErrorIs(t, attempt(store, entry("d", 1)), ports.ErrUnavailable)
		release()
		for _, outcome := range []<-chan error{first, second, third} {
			require.NoError(t, <-outcome)
		}
		put(t, store, entry("d", 1))
		require.Equal(t, []string{"a1", "b1", "c1", "d1"}, ids(t, store))
	})
	t.Run("at the limit of keys new ones are refused, and none that is known is forgotten", func(t *testing.T) {
		s, index := indexed(t)
		s.opts.Limits.Keys, s.opts.KeyTTL = 2, time.Minute
		store := s.open()
		index.set(func() { index.refuse = orderedkv.ErrStalled })
		put(t, store, entry("a", 1))
		at := func(c ports.Commit, after time.Duration) ports.Commit {
			c.Time = noon.Add(after)
			return c
		}
		put(t, store, at(entry("a", 2), time.Second))
		limit := &ports.LimitError{}
		require.ErrorAs(t, attempt(store, at(entry("a", 3), 2*time.Minute-1)), &limit)
		require.Equal(t, &ports.LimitError{Table: "idempotency keys", Limit: 2}, limit)
		for _, key := range []string{"a1", "a2"} {
			_, found, err := store.CommitByKey(context.Background(), key)
			require.NoError(t, err)
			require.True(t, found)
		}
		without := at(entry("a", 3), time.Second)
		without.Key = ""
		put(t, store, without)
	})
	t.Run("a full table of keys takes new ones as the old ones are forgotten, though nothing else is written", func(t *testing.T) {
		s, index := indexed(t)
		s.opts.Limits.Keys, s.opts.KeyTTL = 3, time.Minute
		store := s.open()
		index.set(func() { index.refuse = orderedkv.ErrStalled })
		at := func(v event.Version, after time.Duration) ports.Commit {
			c := entry("a", v)
			c.Time = noon.Add(after)
			return c
		}
		put(t, store, at(1, 0), at(2, 0), at(3, time.Second))
		limit := &ports.LimitError{}
		require.ErrorAs(t, attempt(store, at(4, 2*time.Minute-1)), &limit)
		put(t, store, at(4, 2*time.Minute))
		results, err := store.Append(t.Context(),
			[]ports.Commit{at(5, 2*time.Minute), at(6, 2*time.Minute), at(6, 2*time.Minute+time.Second)})
		require.NoError(t, err)
		require.NoError(t, results[0].Err)
		require.ErrorAs(t, results[1].Err, &limit, "two had expired, a third has not")
		require.NoError(t, results[2].Err)
		for v, found := range map[event.Version]bool{1: false, 2: false, 3: false, 4: true, 5: true, 6: true} {
			_, is, err := store.CommitByKey(context.Background(), entry("a", v).Key)
			require.NoError(t, err)
			require.Equal(t, found, is, "key of version %d", v)
		}
	})
}
