package bulkhead

import (
	"context"
	"iter"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Feed puts permits before the readers of a log. A reader holds one while it waits for the log, and
// none while it handles a commit, so that a reader that hangs stops no other.
func Feed(log ports.EventFeed, permits ports.Bulkhead) ports.EventFeed {
	return &feed{EventFeed: log, permits: permits}
}

type feed struct {
	ports.EventFeed
	permits ports.Bulkhead
}

// Commits implements ports.EventFeed.
func (f *feed) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		err := f.permits.Acquire(ctx, false)
		held := err == nil
		defer func() {
			if held {
				f.permits.Release()
			}
		}()
		if err != nil {
			yield(ports.Recorded{}, err)
			return
		}
		for c, problem := range f.EventFeed.Commits(ctx, after) {
			f.permits.Release()
			if held = false; !yield(c, problem) {
				return
			}
			if err = f.permits.Acquire(ctx, false); err != nil {
				yield(ports.Recorded{}, err)
				return
			}
			held = true
		}
	}
}
