package query

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// turns limits how many lists compute at the same time, so that they leave processors to writes:
// while every processor computes, the runtime looks for requests that arrive only every 10 ms. While
// writes come, a turn also rests after its work, so that clients that list all the time leave most of
// the time to a writer.
type turns struct {
	free chan struct{}

	mu    sync.Mutex
	at    event.Position // of the log, when a turn last looked
	moved time.Time      // when a turn last saw the log grow
}

// newTurns makes turns for some lists at a time.
func newTurns(n int) *turns { return &turns{free: make(chan struct{}, n)} }

// Lists that read memory do not wait for those that wait for the disk of the index. Each have half
// of the processors.
var (
	memoryTurns = newTurns(max(1, runtime.GOMAXPROCS(0)/2))
	indexTurns  = newTurns(max(1, runtime.GOMAXPROCS(0)/2))
)

// The rest of a turn beside writes: restOfWork times its work, and longestRest at most, since a turn
// that waits for the disk uses no processor.
const (
	restOfWork  = 4
	longestRest = 10 * time.Millisecond
	writesCome  = time.Second // after the log has grown
)

// take waits for a turn, and returns what ends it, or ctx's error. It is told the position of the log.
func (t *turns) take(ctx context.Context, log event.Position) (end func(), err error) {
	select {
	case t.free <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	begun := time.Now() //nolint:forbidigo // measures, decides nothing
	rests := t.besideWrites(log, begun)
	return func() {
		if rests {
			worked := time.Since(begun) //nolint:forbidigo // measures, decides nothing
			time.AfterFunc(min(restOfWork*worked, longestRest), t.release)
		} else {
			t.release()
		}
	}, nil
}

func (t *turns) release() { <-t.free }

// besideWrites reports whether the log has grown lately.
func (t *turns) besideWrites(log event.Position, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if log > t.at {
		if t.at > 0 { // the first turn cannot tell
			t.moved = now
		}
		t.at = log
	}
	return now.Sub(t.moved) < writesCome
}
