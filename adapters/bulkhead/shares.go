package bulkhead

import (
	"context"
	"slices"
	"sync"

	"github.com/onhand/onhand/ports"
)

// Shares divides permits among several dependencies, so that those that hang cannot take the
// permits of the others. Each dependency has a Share with one permit of its own. The common
// permits are for further calls to dependencies that answered their latest call in time; a
// dependency gets them in the order in which it began to wait, one at a time.
type Shares struct {
	opts SharesOptions

	mu      sync.Mutex // protects what follows, and the fields of all shares
	free    int        // common permits that are not in use
	queue   []*Share   // those with a caller that waits for a common permit, in the order of arrival
	inUse   int
	waiting int
}

// SharesOptions are the limits of Shares.
type SharesOptions struct {
	Name   string
	Shares int // how many there are at most, for Status
	Common int // permits besides one for each share
	Most   int // permits of one share at a time, at least 1; as many callers may wait for them
}

// NewShares makes the permits.
func NewShares(o SharesOptions) *Shares { return &Shares{opts: o, free: o.Common} }

// Join returns the share of one more dependency, which has a number of permits at a time, the
// shares' Most at most. It is gone when nothing uses it any more.
func (s *Shares) Join(most int) *Share { return &Share{all: s, most: min(most, s.opts.Most)} }

// Status returns the condition of all permits.
func (s *Shares) Status() ports.BulkheadStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ports.BulkheadStatus{
		Name: s.opts.Name, InUse: s.inUse, Limit: s.opts.Shares + s.opts.Common,
		Waiting: s.waiting, WaitingLimit: s.opts.Shares * s.opts.Most,
	}
}

// serve gives free common permits to the shares that wait for one. The lock is held. Afterwards
// no permit is free, or no share may have one.
func (s *Shares) serve() {
	for s.free > 0 && len(s.queue) > 0 {
		next := s.queue[0]
		s.queue, next.queued = s.queue[1:], false
		next.grant()
		next.enqueue()
	}
}

// Share is the permits of one dependency. The first call under way uses its own permit, each
// further one a common permit; which of them ends first makes no difference.
type Share struct {
	all     *Shares
	most    int // permits at a time
	inUse   int
	prompt  bool // the latest call that ended was answered in time; false before the first
	queued  bool
	waiters []chan struct{} // closed with the permit, in the order of arrival
}

// Acquire takes a permit, and waits for one in the order of arrival if it must. After an error,
// which is the context's, the caller has no permit.
func (s *Share) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	granted := s.ask()
	select {
	case <-granted:
		return nil
	default:
	}
	select {
	case <-granted:
		return nil
	case <-ctx.Done():
		s.leave(granted)
		return ctx.Err()
	}
}

// ask queues a caller, and returns the channel that is closed when it has its permit.
func (s *Share) ask() chan struct{} {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	granted := make(chan struct{})
	s.waiters = append(s.waiters, granted)
	s.all.waiting++
	if s.inUse == 0 {
		s.grant()
	}
	s.enqueue()
	s.all.serve()
	return granted
}

// leave gives up a caller's place, and its permit if it has that by now.
func (s *Share) leave(granted chan struct{}) {
	s.all.mu.Lock()
	i := slices.Index(s.waiters, granted)
	if i >= 0 {
		s.waiters = slices.Delete(s.waiters, i, i+1)
		s.all.waiting--
	}
	s.all.mu.Unlock()
	if i < 0 {
		s.Release()
	}
}

// Release gives a permit back.
func (s *Share) Release() {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	s.inUse--
	s.all.inUse--
	if s.inUse > 0 {
		s.all.free++
	} else {
		s.grant()
	}
	s.enqueue()
	s.all.serve()
}

// ended notes whether a call was answered in time.
func (s *Share) ended(prompt bool) {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	s.prompt = prompt
	s.enqueue()
	s.all.serve()
}

// grant gives the first caller that waits a permit, if there is one for it. The lock is held.
func (s *Share) grant() {
	if len(s.waiters) == 0 || s.inUse > 0 && (s.all.free == 0 || !s.mayHaveMore()) {
		return
	}
	if s.inUse > 0 {
		s.all.free--
	}
	s.inUse++
	s.all.inUse++
	s.all.waiting--
	close(s.waiters[0])
	s.waiters = s.waiters[1:]
}

// enqueue queues the share for a common permit, unless it wants or may have none. The lock is held.
func (s *Share) enqueue() {
	if !s.queued && len(s.waiters) > 0 && s.mayHaveMore() {
		s.queued = true
		s.all.queue = append(s.all.queue, s)
	}
}

// mayHaveMore reports whether the share may use a common permit. The lock is held.
func (s *Share) mayHaveMore() bool { return s.prompt && s.inUse < s.most }
