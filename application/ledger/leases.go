package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// leaseTaker takes the leases of batches.
type leaseTaker struct {
	leases ports.Leases // nil for none
	store  ports.EventStore
}

// batchLease is the leases on all streams of a batch's commands. A nil one is of a ledger
// that has no leases to take.
type batchLease struct {
	lease  ports.Lease
	tokens map[event.StreamID]int64 // nil where all commands are about the same streams
}

// take takes the leases of a batch.
func (t leaseTaker) take(batch []*pending) (*batchLease, error) {
	if t.leases == nil {
		return nil, nil //nolint:nilnil // there are none to take
	}
	streams, same := union(batch)
	lease, err := t.leases.Acquire(context.Background(), streams, t.store.Head().Token)
	if err != nil {
		return nil, fmt.Errorf("take leases: %w", err)
	}
	l := &batchLease{lease: lease}
	if !same {
		l.tokens = make(map[event.StreamID]int64, len(streams))
		for _, e := range lease.Tokens() {
			l.tokens[e.Stream] = e.Token
		}
	}
	for _, p := range batch {
		p.leaseless = false
	}
	return l, nil
}

// union returns all streams of some commands, and whether each command is about all of
// them, in that order.
func union(batch []*pending) (streams []event.StreamID, same bool) {
	streams, same = batch[0].set.streams, true
	var seen map[event.StreamID]bool
	for _, p := range batch[1:] {
		if len(p.set.streams) == 1 && len(streams) == 1 && p.set.streams[0] == streams[0] {
			continue
		}
		if same {
			same, seen = false, map[event.StreamID]bool{}
			for _, id := range streams {
				seen[id] = true
			}
			streams = streams[:len(streams):len(streams)]
		}
		for _, id := range p.set.streams {
			if !seen[id] {
				seen[id] = true
				streams = append(streams, id)
			}
		}
	}
	return streams, same
}

// tokensOf returns the tokens that a commit of some streams carries, which are in the order of a key
// set.
func (l *batchLease) tokensOf(streams []event.StreamID) []ports.FencingToken {
	if l == nil {
		return nil
	}
	list := make([]ports.FencingToken, 0, len(streams))
	if l.tokens != nil {
		for _, id := range streams {
			list = append(list, ports.FencingToken{Stream: id, Token: l.tokens[id]})
		}
		return list
	}
	all := l.lease.Tokens()
	if len(all) == len(streams) {
		return all
	}
	for _, token := range all {
		if len(list) < len(streams) && token.Stream == streams[len(list)] {
			list = append(list, token)
		}
	}
	return list
}

// valid returns ports.ErrLeaseLost once the batch cannot rely on its leases.
func (l *batchLease) valid() error {
	if l == nil {
		return nil
	}
	return l.lease.Valid()
}

// release gives the leases up. Nothing need be done about leases that were lost: the
// store has checked the commits that were written under them.
func (l *batchLease) release() {
	if l != nil {
		_ = l.lease.Release()
	}
}

// context ends when the leases are lost.
func (l *batchLease) context() context.Context {
	if l == nil {
		return context.Background()
	}
	return until{context.Background(), l.lease.Lost()}
}

// lostLease reports whether a commit was not written because of leases. Another attempt
// with new ones may succeed.
func lostLease(fate error) bool {
	_, stale := errors.AsType[*ports.StaleTokenError](fate)
	return stale || errors.Is(fate, ports.ErrLeaseLost)
}
