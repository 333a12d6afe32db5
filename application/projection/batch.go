package projection

import (
	"context"
	"iter"
	"time"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// batch is the events of some commits, which are handled together.
type batch struct {
	events []ports.StreamEvent
	upto   event.Position // of the last commit
	time   time.Time      // of the last commit
	bytes  int64          // of all its events in the log, about
	// discards are decisions of the next commit, which take effect after the batch.
	discards []deadletter.Deleted
	full     bool // the log may have more
}

func (b *batch) empty() bool { return b.upto == 0 }

func (b *batch) reset() { *b = batch{events: b.events[:0]} }

// maxBatchBytes limits the events of a batch, in bytes.
const maxBatchBytes = 1 << 20

// eventBytes is the size of an event in the log beside its data, about.
const eventBytes = 200

// batchReader reads the log in batches.
type batchReader struct {
	feed       ports.EventFeed
	projection string
	wants      func(*ports.StreamEvent) bool
	size       int // events of a batch
}

// after reads the log after a position up to its end. A batch is valid until the next one.
func (r *batchReader) after(ctx context.Context, position event.Position) iter.Seq2[*batch, error] {
	return func(yield func(*batch, error) bool) {
		b := &batch{}
		emit := func() bool {
			defer b.reset()
			return yield(b, nil)
		}
		for c, err := range r.feed.Commits(ctx, position) {
			if err != nil {
				yield(nil, err)
				return
			}
			if b.discards = r.discards(&c); len(b.discards) > 0 && !emit() {
				return
			}
			r.add(b, &c)
			if b.full = len(b.events) >= r.size || b.bytes >= maxBatchBytes; b.full && !emit() {
				return
			}
		}
		if !b.empty() {
			emit()
		}
	}
}

// add adds a commit's events to a batch.
func (r *batchReader) add(b *batch, c *ports.Recorded) {
	b.upto, b.time = c.Position, c.Time
	for i := range c.Events {
		e := ports.StreamEvent{Position: c.Position, Index: i, Actor: c.Actor, RequestID: c.RequestID, Event: c.Events[i]}
		b.bytes += int64(len(e.Data)) + eventBytes
		if r.wants(&e) {
			b.events = append(b.events, e)
		}
	}
}

// discards returns the events of this projection that a commit says are not to be handled.
func (r *batchReader) discards(c *ports.Recorded) []deadletter.Deleted {
	var list []deadletter.Deleted
	for i := range c.Events {
		e := &c.Events[i]
		if _, ok := deadletter.IDOf(e.Stream); !ok {
			continue
		}
		if d, err := deadletter.Decode(e.Type, e.Data); err == nil && d.Projection == r.projection {
			list = append(list, d)
		}
	}
	return list
}
