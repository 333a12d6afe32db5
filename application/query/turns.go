package query

import (
	"context"
	"runtime"
)

// turns limits how many lists compute at the same time, so that they leave processors to writes:
// while every processor computes, the runtime looks for requests that arrive only every 10 ms.
type turns chan struct{}

// newTurns makes turns for half of the processors.
func newTurns() turns { return make(turns, max(1, runtime.GOMAXPROCS(0)/2)) }

// Lists that read memory do not wait for those that wait for the disk of the index.
var memoryTurns, indexTurns = newTurns(), newTurns()

// take waits for a turn, and returns what ends it, or ctx's error.
func (t turns) take(ctx context.Context) (end func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
