package ledger

import (
	"slices"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// keySet is the items that a command may touch, each once, with their streams.
type keySet struct {
	keys    []stock.Key
	streams []event.StreamID
	index   map[stock.Key]int // nil for a few keys, which are found by looking
}

// fewKeys is up to how many keys looking beats a map.
const fewKeys = 8

func newKeySet(keys []stock.Key) keySet {
	s := keySet{keys: keys}
	if len(keys) > 1 {
		s.keys = slices.Clone(keys)
		slices.SortFunc(s.keys, stock.Key.Compare)
		s.keys = slices.Compact(s.keys)
	}
	s.streams = make([]event.StreamID, len(s.keys))
	for i, k := range s.keys {
		s.streams[i] = k.Stream()
	}
	if len(s.keys) > fewKeys {
		s.index = make(map[stock.Key]int, len(s.keys))
		for i, k := range s.keys {
			s.index[k] = i
		}
	}
	return s
}

// find is the index of a key, or -1.
func (s *keySet) find(key stock.Key) int {
	if s.index == nil {
		return slices.Index(s.keys, key)
	}
	if i, ok := s.index[key]; ok {
		return i
	}
	return -1
}

// The states of a ticket. A caller may leave while it waits; from deciding on
// the outcome is the turn's.
const (
	waiting int32 = iota
	deciding
	withdrawn
)

// ticket is one command on its way through the lanes.
type ticket struct {
	request Request
	set     keySet
	blocked int // queues in which somebody is before it; the lanes' mutex protects it
	tries   int // decisions that a conflict made void

	state   atomic.Int32
	done    chan struct{} // closed when outcome and err are final
	outcome Outcome
	err     error
}

func newTicket(request Request) *ticket {
	return &ticket{request: request, set: newKeySet(request.Items), done: make(chan struct{})}
}

// unblock notes that the ticket became first in one more queue, and tells
// whether it is first in all.
func (t *ticket) unblock() bool {
	t.blocked--
	return t.blocked == 0
}

// claim begins a decision; false if the caller has left.
func (t *ticket) claim() bool {
	return t.state.CompareAndSwap(waiting, deciding) || t.state.Load() == deciding
}

// withdraw lets the caller leave; false if a decision has begun.
func (t *ticket) withdraw() bool { return t.state.CompareAndSwap(waiting, withdrawn) }

func (t *ticket) answer(outcome Outcome, err error) {
	t.outcome, t.err = outcome, err
	close(t.done)
}
