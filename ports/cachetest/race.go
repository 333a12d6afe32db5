package cachetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
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
				least := number.Load() // has been invalidated up to here, or will be: see below
				value, ticket, found, err := reader.Get(ctx, "n")
				if err == nil && !found {
					err = reader.Put(ctx, ticket, fmt.Append(nil, number.Load()))
				}
				if err != nil {
					t.Errorf("get or put: %v", err)
					return
				}
				if !found {
					continue
				}
				var seen int64
				if _, err := fmt.Sscan(string(value), &seen); err != nil || seen < least-1 {
					t.Errorf("found %d after %d was written and its key invalidated", seen, least-1)
					return
				}
			}
		})
	}
	for range 20_000 {
		number.Add(1) // a reader that sees this knows that the key was invalidated for the one before
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
