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

// lease is the leases of one Acquire.
type lease struct {
	all       *Leases
	tokens    []ports.FencingToken
	locations []location   // of the epochs, shard by shard
	ends      atomic.Int64 // when the first of them ends, by the machine's clock
	late      bool         // the renewer's: it could not renew all of them this time

	lost     chan struct{}
	losing   sync.Once
	once     sync.Once // one release
	released error
}

// location is the shard of a token.
type location struct{ shard, at int }

func newLease(all *Leases, streams []event.StreamID) *lease {
	t := &lease{
		all: all, tokens: make([]ports.FencingToken, len(streams)), locations: make([]location, len(streams)),
		lost: make(chan struct{}),
	}
	for i, stream := range streams {
		t.tokens[i].Stream = stream
		t.locations[i] = location{shard: shardOf(stream), at: i}
	}
	slices.SortFunc(t.locations, func(a, b location) int { return cmp.Compare(a.shard, b.shard) })
	t.ends.Store(math.MaxInt64)
	return t
}

// sameShard returns how many of the first locations are in one shard.
func sameShard(locations []location) int {
	n := 1
	for n < len(locations) && locations[n].shard == locations[0].shard {
		n++
	}
	return n
}

// endsBy makes the lease end at a time at the latest.
func (t *lease) endsBy(end time.Duration) {
	t.ends.Store(min(t.ends.Load(), int64(end)))
}

// Tokens implements ports.Lease.
func (t *lease) Tokens() []ports.FencingToken { return t.tokens }

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

// forget ends the renewal of a lease.
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

// release is called once, while the files are open.
func (t *lease) release() {
	t.lose() // its owner must not rely on it any more
	if t.all.closed {
		t.released = ports.ErrLeaseLost // Close has released it
		return
	}
	whole, err := t.all.giveBack(t)
	if err == nil && !whole {
		err = ports.ErrLeaseLost
	}
	t.released = err
}
