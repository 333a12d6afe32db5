package httpapi

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	"github.com/onhand/onhand/ports"
)

var errTooManyAtOnce = errors.New("this client has too many event streams, waiting requests or connections at a time: " +
	"end some, or wait for the seconds in Retry-After")

// shares count what each client has at a time of places that all clients share, so that one
// client cannot have them all. Clients without a place take no memory.
type shares struct {
	most int // for a client; 0 is no limit

	mu    sync.Mutex
	taken map[netip.Addr]int // by the network that counts as a client
}

func newShares(most int) *shares { return &shares{most: most, taken: map[netip.Addr]int{}} }

// take takes a place for a client. It reports whether the client had one left.
func (s *shares) take(client netip.Addr) bool {
	client = clientNetwork(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.taken[client]
	if s.most > 0 && n >= s.most {
		return false
	}
	s.taken[client] = n + 1
	return true
}

// give gives a place back.
func (s *shares) give(client netip.Addr) {
	client = clientNetwork(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.taken[client] - 1; n > 0 {
		s.taken[client] = n
	} else {
		delete(s.taken, client)
	}
}

// sharedBulkhead is a bulkhead of which each client has a share.
type sharedBulkhead struct {
	ports.Bulkhead
	shares *shares
	client netip.Addr
}

// Acquire takes a permit if the client has not used up its share.
func (b *sharedBulkhead) Acquire(ctx context.Context, urgent bool) error {
	if !b.shares.take(b.client) {
		return errTooManyAtOnce
	}
	err := b.Bulkhead.Acquire(ctx, urgent)
	if err != nil {
		b.shares.give(b.client)
	}
	return err //nolint:wrapcheck // the errors of the port count
}

// Release gives a permit back.
func (b *sharedBulkhead) Release() {
	b.Bulkhead.Release()
	b.shares.give(b.client)
}
