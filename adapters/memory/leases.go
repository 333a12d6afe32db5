package memory

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Leases are ports.Leases in memory, as one of several processes has them.
type Leases struct {
	shared *leases
	name   string
	closed bool // shared.mu protects it
}

// leases are what all of those processes share.
type leases struct {
	ttl time.Duration
	now func() time.Duration

	mu      sync.Mutex
	holders map[event.StreamID]*lease
	highest int64 // of all tokens given
	names   int
}

type lease struct {
	of     *Leases
	epochs []ports.FencingToken
	ends   time.Duration // mu protects it
	gone   bool          // lost or released; mu protects it
	done   bool          // released; mu protects it
	lost   chan struct{}
}

var _ ports.Leases = (*Leases)(nil)

// NewLeases makes leases that last for ttl by a clock. Nothing renews them but Renew.
func NewLeases(ttl time.Duration, now func() time.Duration) *Leases {
	shared := &leases{ttl: ttl, now: now, holders: map[event.StreamID]*lease{}}
	return shared.process()
}

func (s *leases) process() *Leases {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names++
	return &Leases{shared: s, name: fmt.Sprint("process ", s.names)}
}

// Another is the same leases as another process has them.
func (l *Leases) Another() *Leases { return l.shared.process() }

// Renew gives what this process holds its whole time again, as far as it is not over.
func (l *Leases) Renew() {
	s := l.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, t := range s.holders {
		if t.of != l || t.gone {
			continue
		}
		if t.over(now); !t.gone {
			t.ends = now + s.ttl
		}
	}
}

// over notices that a lease's time is over. The lock is held.
func (t *lease) over(now time.Duration) {
	if !t.gone && t.ends <= now {
		t.lose()
	}
}

// lose ends a lease. The lock is held.
func (t *lease) lose() {
	if !t.gone {
		t.gone = true
		close(t.lost)
	}
}

// Acquire implements ports.Leases.
func (l *Leases) Acquire(ctx context.Context, streams []event.StreamID, above int64) (ports.Lease, error) {
	s := l.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.closed {
		return nil, fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	now := s.now()
	for _, stream := range streams {
		if t := s.holders[stream]; t != nil {
			if t.over(now); !t.gone {
				return nil, &ports.LeaseHeldError{Stream: stream, Owner: t.of.name, Ends: t.ends - now}
			}
		}
	}
	t := &lease{of: l, ends: now + s.ttl, lost: make(chan struct{})}
	if len(streams) == 0 {
		t.ends = math.MaxInt64
	}
	s.highest = max(s.highest, above)
	for _, stream := range streams {
		s.highest++
		s.holders[stream] = t
		t.epochs = append(t.epochs, ports.FencingToken{Stream: stream, Token: s.highest})
	}
	return t, nil
}

// Close implements ports.Leases.
func (l *Leases) Close() error {
	l.shared.mu.Lock()
	defer l.shared.mu.Unlock()
	l.closed = true
	for stream, t := range l.shared.holders {
		if t.of == l {
			t.lose()
			delete(l.shared.holders, stream)
		}
	}
	return nil
}

// Tokens implements ports.Lease.
func (t *lease) Tokens() []ports.FencingToken { return t.epochs }

// Lost implements ports.Lease.
func (t *lease) Lost() <-chan struct{} { return t.lost }

// Valid implements ports.Lease.
func (t *lease) Valid() error {
	t.of.shared.mu.Lock()
	defer t.of.shared.mu.Unlock()
	if t.over(t.of.shared.now()); t.gone {
		return ports.ErrLeaseLost
	}
	return nil
}

// Release implements ports.Lease.
func (t *lease) Release() error {
	s := t.of.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.done {
		return nil
	}
	t.over(s.now())
	t.done = true
	for _, e := range t.epochs {
		if s.holders[e.Stream] == t {
			delete(s.holders, e.Stream)
		}
	}
	if t.gone {
		return ports.ErrLeaseLost
	}
	t.lose()
	return nil
}
