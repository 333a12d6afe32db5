package bulkhead

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/onhand/onhand/ports"
)

// Bulkhead implements ports.Bulkhead. Make one with New.
type Bulkhead struct {
	permits  *semaphore.Weighted // gives them in the order of arrival
	limit    int
	queue    int64 // how many may wait
	reserved int64 // how much of the queue is for urgent callers only
	full     *ports.FullError

	inUse, waiting, shed atomic.Int64
}

// Options are the limits of a bulkhead.
type Options struct {
	Name     string
	Permits  int // at least 1
	Queue    int // how many callers may wait for a permit
	Reserved int // how much of Queue is for urgent callers only
}

// New makes a bulkhead.
func New(o Options) *Bulkhead {
	return &Bulkhead{
		permits: semaphore.NewWeighted(int64(o.Permits)), limit: o.Permits,
		queue: int64(o.Queue), reserved: int64(min(o.Reserved, o.Queue)),
		full: &ports.FullError{Name: o.Name, Limit: o.Permits},
	}
}

// Acquire implements ports.Bulkhead. Without a wait it allocates nothing.
func (b *Bulkhead) Acquire(ctx context.Context, urgent bool) error {
	if b.permits.TryAcquire(1) { // fails while another caller waits
		b.inUse.Add(1)
		return nil
	}
	if !b.enqueue(urgent) {
		b.shed.Add(1)
		return b.full
	}
	defer b.waiting.Add(-1)
	if err := b.permits.Acquire(ctx, 1); err != nil {
		return err
	}
	b.inUse.Add(1)
	return nil
}

// enqueue counts a caller that waits, and reports whether it may.
func (b *Bulkhead) enqueue(urgent bool) bool {
	queue := b.queue
	if !urgent {
		queue -= b.reserved
	}
	for {
		n := b.waiting.Load()
		if n >= queue {
			return false
		}
		if b.waiting.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release implements ports.Bulkhead. It panics if no permit is taken.
func (b *Bulkhead) Release() {
	b.inUse.Add(-1)
	b.permits.Release(1)
}

// Status implements ports.Bulkhead.
func (b *Bulkhead) Status() ports.BulkheadStatus {
	return ports.BulkheadStatus{
		Name: b.full.Name, InUse: int(b.inUse.Load()), Limit: b.limit,
		Waiting: int(b.waiting.Load()), WaitingLimit: int(b.queue), Shed: b.shed.Load(),
	}
}
