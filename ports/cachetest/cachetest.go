// Package cachetest is the contract of ports.Cache as tests.
package cachetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// Make makes an empty cache that may keep so many bytes, for longer than a test takes.
type Make func(t *testing.T, bytes int64) ports.Cache

const roomy = 1 << 20

// Eviction may come a little later than what made it necessary.
const (
	patience = time.Minute
	pause    = time.Millisecond
)

// Run holds what make makes against the contract.
func Run(t *testing.T, make Make) {
	t.Run("what was put is there, under its key only", func(t *testing.T) {
		c := make(t, roomy)
		for _, key := range []string{"", "a", "A", "a\x00", "é\n", "../a"} {
			put(t, c, key, "value of "+key)
		}
		for _, key := range []string{"", "a", "A", "a\x00", "é\n", "../a"} {
			value, _, ok := c.Get(key)
			require.True(t, ok, key)
			require.Equal(t, "value of "+key, string(value))
		}
		_, _, ok := c.Get("b")
		require.False(t, ok)
		s := c.Status()
		require.Equal(t, 6, s.Entries)
		require.EqualValues(t, roomy, s.Limit)
		require.Positive(t, s.Bytes)
		require.EqualValues(t, 6, s.Hits)
		require.EqualValues(t, 7, s.Misses, "before each was put, and b")
	})
	t.Run("the later value takes the place of the earlier", func(t *testing.T) {
		c := make(t, roomy)
		_, first, _ := c.Get("a")
		_, second, _ := c.Get("a")
		c.Put(first, []byte("1"))
		c.Put(second, []byte("2"))
		value, _, ok := c.Get("a")
		require.True(t, ok)
		require.Equal(t, "2", string(value))
	})
	t.Run("what was invalidated is gone, others stay", func(t *testing.T) {
		c := make(t, roomy)
		put(t, c, "a", "1")
		put(t, c, "b", "2")
		c.Invalidate("a")
		c.Invalidate("never there")
		_, _, ok := c.Get("a")
		require.False(t, ok)
		_, _, ok = c.Get("b")
		require.True(t, ok)
		put(t, c, "a", "3")
		value, _, _ := c.Get("a")
		require.Equal(t, "3", string(value))
	})
	t.Run("what was made before an invalidation is not kept after it", func(t *testing.T) {
		c := make(t, roomy)
		_, ticket, ok := c.Get("a")
		require.False(t, ok)
		c.Invalidate("a")
		c.Put(ticket, []byte("stale"))
		_, _, ok = c.Get("a")
		require.False(t, ok)
	})
	t.Run("who looks after a change never finds what was before it", func(t *testing.T) { racing(t, make) })
	t.Run("it keeps no more than it may", func(t *testing.T) { bounded(t, make) })
}

func put(t *testing.T, c ports.Cache, key, value string) {
	t.Helper()
	_, ticket, ok := c.Get(key)
	require.False(t, ok)
	c.Put(ticket, []byte(value))
}

// racing lets readers fill the cache from a number that a writer changes.
func racing(t *testing.T, make Make) {
	c := make(t, roomy)
	var number atomic.Int64
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !done.Load() {
				least := number.Load() // has been invalidated up to here, or will be: see below
				value, ticket, ok := c.Get("n")
				if !ok {
					c.Put(ticket, fmt.Append(nil, number.Load()))
					continue
				}
				var found int64
				if _, err := fmt.Sscan(string(value), &found); err != nil || found < least-1 {
					t.Errorf("found %d after %d was written and its key invalidated", found, least-1)
					return
				}
			}
		})
	}
	for range 20_000 {
		number.Add(1) // a reader who sees this knows that the one before was invalidated
		c.Invalidate("n")
		last := number.Load()
		if value, _, ok := c.Get("n"); ok && string(value) != fmt.Sprint(last) {
			t.Errorf("found %s, not %d", value, last)
			break
		}
	}
	done.Store(true)
	readers.Wait()
}

func bounded(t *testing.T, make Make) {
	const limit = 64 << 10
	c := make(t, limit)
	big := string(append([]byte("x"), fmt.Sprintf("%01000d", 0)...))
	for n := range 1000 {
		put(t, c, fmt.Sprint("key ", n), big)
	}
	require.Eventually(t, func() bool {
		found := 0
		for n := range 1000 {
			if _, _, ok := c.Get(fmt.Sprint("key ", n)); ok {
				found++
			}
		}
		return found <= limit/len(big) && c.Status().Bytes <= limit
	}, patience, pause)
	put(t, c, "larger than all", fmt.Sprintf("%0*d", 2*limit, 0))
	require.Eventually(t, func() bool { return c.Status().Bytes <= limit }, patience, pause)
}
