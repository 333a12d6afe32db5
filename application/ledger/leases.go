package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// holding is what a turn holds of leases: those on all streams of its commands. A nil
// one is of a ledger that has no leases to take.
type holding struct {
	lease  ports.Lease
	tokens map[event.StreamID]int64 // nil where all commands are about the same streams
}

// hold takes the leases of a turn.
func (l *Ledger) hold(group []*ticket) (*holding, error) {
	if l.leases == nil {
		return nil, nil //nolint:nilnil // there are none to take
	}
	streams, same := union(group)
	lease, err := l.leases.Acquire(context.Background(), streams, l.store.Head().Token)
	if err != nil {
		return nil, fmt.Errorf("take leases: %w", err)
	}
	h := &holding{lease: lease}
	if !same {
		h.tokens = make(map[event.StreamID]int64, len(streams))
		for _, e := range lease.Tokens() {
			h.tokens[e.Stream] = e.Token
		}
	}
	return h, nil
}

// union is all streams of some commands, and whether each command is about all of them,
// in that order.
func union(group []*ticket) (streams []event.StreamID, same bool) {
	streams, same = group[0].set.streams, true
	var seen map[event.StreamID]bool
	for _, t := range group[1:] {
		if len(t.set.streams) == 1 && len(streams) == 1 && t.set.streams[0] == streams[0] {
			continue
		}
		if same {
			same, seen = false, map[event.StreamID]bool{}
			for _, id := range streams {
				seen[id] = true
			}
			streams = streams[:len(streams):len(streams)]
		}
		for _, id := range t.set.streams {
			if !seen[id] {
				seen[id] = true
				streams = append(streams, id)
			}
		}
	}
	return streams, same
}

// epochs are the tokens that a commit of some streams carries.
func (h *holding) epochs(streams []event.StreamID) []ports.FencingToken {
	if h == nil {
		return nil
	}
	if h.tokens == nil {
		return h.lease.Tokens()
	}
	list := make([]ports.FencingToken, len(streams))
	for i, id := range streams {
		list[i] = ports.FencingToken{Stream: id, Token: h.tokens[id]}
	}
	return list
}

// valid is ports.ErrLeaseLost once the turn cannot rely on its leases.
func (h *holding) valid() error {
	if h == nil {
		return nil
	}
	return h.lease.Valid()
}

// release ends the holding. Where leases were lost there is nothing to be done about it:
// what was written under them was checked by the store.
func (h *holding) release() {
	if h != nil {
		_ = h.lease.Release()
	}
}

// context ends when the leases are lost.
func (h *holding) context() context.Context {
	if h == nil {
		return context.Background()
	}
	return leased{context.Background(), h.lease}
}

type leased struct {
	context.Context
	lease ports.Lease
}

func (c leased) Done() <-chan struct{} { return c.lease.Lost() }

func (c leased) Err() error {
	select {
	case <-c.lease.Lost():
		return context.Canceled
	default:
		return nil
	}
}

// lostLease tells whether a commit was not written because of leases. Another go with
// new ones may do.
func lostLease(fate error) bool {
	_, stale := errors.AsType[*ports.StaleTokenError](fate)
	return stale || errors.Is(fate, ports.ErrLeaseLost)
}

// waitForLeases deals with commands whose leases could not be taken. Somebody else holds
// one: those that have tried for too long are told, the others queue anew after a moment.
// No lane is held meanwhile.
func (l *Ledger) waitForLeases(group []*ticket, why error) {
	_, held := errors.AsType[*ports.LeaseHeldError](why)
	now := l.clock.elapsed()
	var again []*ticket
	for _, t := range group {
		if !t.leaseless {
			t.leaseless, t.since = true, now
		}
		switch {
		case held && now-t.since < l.leaseWait:
			t.state.CompareAndSwap(deciding, waiting) // the caller may leave
			again = append(again, t)
		case t.claim():
			l.answer(t, Outcome{}, why)
		default:
			l.finished()
		}
	}
	if len(again) == 0 {
		return
	}
	time.AfterFunc(time.Millisecond+l.pause(9*time.Millisecond), func() {
		for _, t := range again {
			l.requeue(t)
		}
	})
}
