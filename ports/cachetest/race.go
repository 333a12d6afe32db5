package cachetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/onhand/onhand/ports"
)

// testRace lets readers fill a cache from a number that a writer changes.
func testRace(t *testing.T, make Make) {
	place := make(t, roomy)
	writer := place.Open(t)
	reader := writer
	if !place.Local {
		reader = place.Open(t)
	}
	var number atomic.Int64
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !done.Load() {
				if err := readNumber(reader, &number); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 20_000 {
		number.Add(1) // the key was invalidated for the number before
		if err := writer.Invalidate(ctx, "n"); err != nil {
			t.Errorf("invalidate: %v", err)
			break
		}
		last := number.Load()
		value, _, found, err := writer.Get(ctx, "n")
		if err != nil || found && string(value) != fmt.Sprint(last) {
			t.Errorf("found %s, not %d: %v", value, last, err)
			break
		}
	}
	done.Store(true)
	readers.Wait()
}

// readNumber reads the number from the cache, or fills the cache with it. The number in
// the cache must not be older than its last invalidation.
func readNumber(reader ports.Cache, number *atomic.Int64) error {
	least := number.Load() // invalidated up to here, or soon
	value, ticket, found, err := reader.Get(ctx, "n")
	if err == nil && !found {
		err = reader.Put(ctx, ticket, fmt.Append(nil, number.Load()))
	}
	if err != nil {
		return fmt.Errorf("get or put: %w", err)
	}
	var seen int64
	if !found {
		return nil
	}
	if _, err := fmt.Sscan(string(value), &seen); err != nil || seen < least-1 {
		return fmt.Errorf("found %d after %d was written and its key invalidated", seen, least-1)
	}
	return nil
}
