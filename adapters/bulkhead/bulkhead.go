package bulkhead

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/onhand/onhand/ports"
)

// Bulkhead implements ports.Bulkhead. Make one with New.
type Bulkhead struct {
	places *semaphore.Weighted // gives them in the order of arrival
	limit  int
	room   int64 // how many may wait
	kept   int64 // how much of the room is for the urgent alone
	full   *ports.FullError

	inUse, waiting, shed atomic.Int64
}

// Options are the measures of a bulkhead.
type Options struct {
	Name   string
	Places int // at least 1
	Room   int // how many may wait for a place
	Kept   int // how much of Room is kept for the urgent
}

// New makes a bulkhead.
func New(o Options) *Bulkhead {
	return &Bulkhead{
		places: semaphore.NewWeighted(int64(o.Places)), limit: o.Places,
		room: int64(o.Room), kept: int64(min(o.Kept, o.Room)),
		full: &ports.FullError{Name: o.Name, Limit: o.Places},
	}
}

// Enter implements ports.Bulkhead. Without a wait it allocates nothing.
func (b *Bulkhead) Enter(ctx context.Context, urgent bool) error {
	if b.places.TryAcquire(1) { // not past somebody who waits
		b.inUse.Add(1)
		return nil
	}
	if !b.sit(urgent) {
		b.shed.Add(1)
		return b.full
	}
	defer b.waiting.Add(-1)
	if err := b.places.Acquire(ctx, 1); err != nil {
		return err
	}
	b.inUse.Add(1)
	return nil
}

// sit takes a seat in the waiting room, if there is one.
func (b *Bulkhead) sit(urgent bool) bool {
	room := b.room
	if !urgent {
		room -= b.kept
	}
	for {
		n := b.waiting.Load()
		if n >= room {
			return false
		}
		if b.waiting.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Leave implements ports.Bulkhead. It panics where nobody is inside.
func (b *Bulkhead) Leave() {
	b.inUse.Add(-1)
	b.places.Release(1)
}

// Status implements ports.Bulkhead.
func (b *Bulkhead) Status() ports.BulkheadStatus {
	return ports.BulkheadStatus{
		Name: b.full.Name, InUse: int(b.inUse.Load()), Limit: b.limit,
		Waiting: int(b.waiting.Load()), WaitingLimit: int(b.room), Shed: b.shed.Load(),
	}
}
