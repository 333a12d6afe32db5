package filelock

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// lease is what one Acquire took.
type lease struct {
	all    *Leases
	epochs []ports.FencingToken
	places []place      // of the epochs, shard by shard
	ends   atomic.Int64 // when the first of them ends, by the machine's clock
	late   bool         // the renewer's: not all could be renewed this time

	lost     chan struct{}
	losing   sync.Once
	once     sync.Once // one release
	released error
}

// place says which shard an epoch is in.
type place struct{ shard, at int }

func newLease(all *Leases, streams []event.StreamID) *lease {
	t := &lease{
		all: all, epochs: make([]ports.FencingToken, len(streams)), places: make([]place, len(streams)),
		lost: make(chan struct{}),
	}
	for i, stream := range streams {
		t.epochs[i].Stream = stream
		t.places[i] = place{shard: shardOf(stream), at: i}
	}
	slices.SortFunc(t.places, func(a, b place) int { return cmp.Compare(a.shard, b.shard) })
	t.ends.Store(math.MaxInt64)
	return t
}

// together is how many of the first places are in one shard.
func together(places []place) int {
	n := 1
	for n < len(places) && places[n].shard == places[0].shard {
		n++
	}
	return n
}

// endsBy brings the end forward.
func (t *lease) endsBy(end time.Duration) {
	t.ends.Store(min(t.ends.Load(), int64(end)))
}

// Tokens implements ports.Lease.
func (t *lease) Tokens() []ports.FencingToken { return t.epochs }

// Lost implements ports.Lease.
func (t *lease) Lost() <-chan struct{} { return t.lost }

// Valid implements ports.Lease.
func (t *lease) Valid() error {
	select {
	case <-t.lost:
		return ports.ErrLeaseLost
	default:
	}
	if int64(t.all.opts.Machine.Now()) >= t.ends.Load() {
		t.lose()
		return ports.ErrLeaseLost
	}
	return nil
}

func (t *lease) lose() {
	t.losing.Do(func() { close(t.lost) })
	t.all.forget(t)
}

// forget lets a lease not be renewed any more.
func (l *Leases) forget(t *lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, t)
}

// Release implements ports.Lease.
func (t *lease) Release() error {
	t.all.use.RLock()
	defer t.all.use.RUnlock()
	t.once.Do(t.release)
	return t.released
}

// release is done once, while the files are used.
func (t *lease) release() {
	t.lose() // nobody may rely on it from now on
	if t.all.closed {
		t.released = ports.ErrLeaseLost // Close has released what was held
		return
	}
	whole, err := t.all.giveBack(t)
	if err == nil && !whole {
		err = ports.ErrLeaseLost
	}
	t.released = err
}
