// Package cachetest is the contract of ports.Cache as tests, for every adapter to pass.
package cachetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// Place is where the entries of a cache are, none at first.
type Place struct {
	// Open opens one more instance, as one more process does.
	Open func(t *testing.T) ports.Cache
	// Local says that an instance shares nothing with others: its entries are in its process.
	Local bool
}

// Make makes a place for so many bytes, which holds values for longer than a test takes.
type Make func(t *testing.T, bytes int64) Place

const roomy = 1 << 20

// Eviction may come a little later than what made it necessary.
const (
	patience = 30 * time.Second
	pause    = time.Millisecond
)

var ctx = context.Background()

// Run holds what make makes against the contract.
func Run(t *testing.T, make Make) {
	for name, test := range map[string]func(*testing.T, Make){
		"a value is found under its key only":                        testPut,
		"the later value takes the place of the earlier":             testReplace,
		"an invalidated key has no value, others stay":               testInvalidate,
		"a value made before an invalidation is not stored after it": testStale,
		"a context that has ended is an error and changes nothing":   testCancelled,
		"after an invalidation no reader finds an earlier value":     testRace,
		"a cache holds no more bytes than it may":                    testBounded,
		"an invalidation by one instance holds for all":              testTwo,
	} {
		t.Run(name, func(t *testing.T) { test(t, make) })
	}
}

// get returns the value under a key; false if there is none.
func get(t *testing.T, c ports.Cache, key string) (value string, found bool) {
	t.Helper()
	bytes, _, found, err := c.Get(ctx, key)
	require.NoError(t, err)
	return string(bytes), found
}

// miss returns the ticket of a key that has no value.
func miss(t *testing.T, c ports.Cache, key string) ports.CacheTicket {
	t.Helper()
	_, ticket, found, err := c.Get(ctx, key)
	require.NoError(t, err)
	require.False(t, found)
	return ticket
}

func put(t *testing.T, c ports.Cache, key, value string) {
	t.Helper()
	require.NoError(t, c.Put(ctx, miss(t, c, key), []byte(value)))
}

func status(t *testing.T, c ports.Cache) ports.CacheStatus {
	t.Helper()
	s, err := c.Status(ctx)
	require.NoError(t, err)
	return s
}

func testPut(t *testing.T, make Make) {
	c := make(t, roomy).Open(t)
	keys := []string{"", "a", "A", "a\x00", "é\n", "../a"}
	for _, key := range keys {
		put(t, c, key, "value of "+key)
	}
	for _, key := range keys {
		value, found := get(t, c, key)
		require.True(t, found, key)
		require.Equal(t, "value of "+key, value)
	}
	_ = miss(t, c, "b")
	s := status(t, c)
	require.Equal(t, len(keys), s.Entries)
	require.EqualValues(t, roomy, s.Limit)
	require.Positive(t, s.Bytes)
	require.EqualValues(t, len(keys), s.Hits)
	require.EqualValues(t, len(keys)+1, s.Misses, "before each was put, and b")
}

func testReplace(t *testing.T, make Make) {
	c := make(t, roomy).Open(t)
	first, second := miss(t, c, "a"), miss(t, c, "a")
	require.NoError(t, c.Put(ctx, first, []byte("1")))
	require.NoError(t, c.Put(ctx, second, []byte("2")))
	value, found := get(t, c, "a")
	require.True(t, found)
	require.Equal(t, "2", value)
}

func testInvalidate(t *testing.T, make Make) {
	c := make(t, roomy).Open(t)
	put(t, c, "a", "1")
	put(t, c, "b", "2")
	require.NoError(t, c.Invalidate(ctx, "a"))
	require.NoError(t, c.Invalidate(ctx, "never there"))
	_ = miss(t, c, "a")
	_, found := get(t, c, "b")
	require.True(t, found)
	put(t, c, "a", "3")
	value, _ := get(t, c, "a")
	require.Equal(t, "3", value)
}

func testStale(t *testing.T, make Make) {
	c := make(t, roomy).Open(t)
	ticket := miss(t, c, "a")
	require.NoError(t, c.Invalidate(ctx, "a"))
	require.NoError(t, c.Put(ctx, ticket, []byte("stale")), "it is no error")
	_ = miss(t, c, "a")
}

func testCancelled(t *testing.T, make Make) {
	c := make(t, roomy).Open(t)
	put(t, c, "a", "1")
	ticket := miss(t, c, "b")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, _, found, err := c.Get(ended, "a")
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, found)
	require.ErrorIs(t, c.Put(ended, ticket, []byte("2")), context.Canceled)
	require.ErrorIs(t, c.Invalidate(ended, "a"), context.Canceled)
	_, err = c.Status(ended)
	require.ErrorIs(t, err, context.Canceled)
	_, found = get(t, c, "a")
	require.True(t, found)
	_ = miss(t, c, "b")
}

func testBounded(t *testing.T, make Make) {
	const limit = 64 << 10
	c := make(t, limit).Open(t)
	big := "x" + fmt.Sprintf("%01000d", 0)
	for n := range 1000 {
		put(t, c, fmt.Sprint("key ", n), big)
	}
	require.Eventually(t, func() bool {
		hits := 0
		for n := range 1000 {
			if _, found := get(t, c, fmt.Sprint("key ", n)); found {
				hits++
			}
		}
		return hits <= limit/len(big) && status(t, c).Bytes <= limit
	}, patience, pause)
	put(t, c, "larger than all", fmt.Sprintf("%0*d", 2*limit, 0))
	require.Eventually(t, func() bool { return status(t, c).Bytes <= limit }, patience, pause)
}

func testTwo(t *testing.T, make Make) {
	place := make(t, roomy)
	one, two := place.Open(t), place.Open(t)
	if place.Local {
		put(t, one, "a", "1")
		_ = miss(t, two, "a")
		return
	}
	put(t, one, "a", "1")
	require.NoError(t, two.Invalidate(ctx, "a"))
	_ = miss(t, one, "a")
	ticket := miss(t, two, "b")
	require.NoError(t, one.Invalidate(ctx, "b"))
	require.NoError(t, two.Put(ctx, ticket, []byte("stale")))
	for _, c := range []ports.Cache{one, two} {
		_ = miss(t, c, "b")
	}
}
