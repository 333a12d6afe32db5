package indexing

import (
	"context"
	"time"
)

// settleFor is how long a fold waits for a write to the index.
const settleFor = 30 * time.Second

// Settle writes what is closed if that fills a batch, so that a fold of a long log needs no more
// memory. It is called between two commits of the fold, before Start. If the index cannot be written, it
// says so, the entries stay in memory, and it tries again once there are twice as many: a start must not
// depend on the index. The error is ctx's.
func (x *Indexer) Settle(ctx context.Context) error {
	if x.Ending() < x.settleAt {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, settleFor)
	defer cancel()
	err := x.Flush(limited)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	x.tellChange(err)
	x.settleAt = max(x.opts.Batch, 2*x.Ending())
	return nil
}
