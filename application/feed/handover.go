package feed

import (
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// handover takes commits from their writer in memory, in any order, so that the tail need
// not read them back from the log. It is bounded: if the tail does not keep up, or a
// commit is missing, the log has it.
type handover struct {
	maxCommits int
	maxBytes   int

	collecting atomic.Bool   // commits are wanted: the tail is awake
	used       atomic.Bool   // a writer has handed over a commit
	nudge      chan struct{} // has a token when a commit was handed over

	mu      sync.Mutex // protects the following
	commits map[event.Position]ports.Recorded
	bytes   int
}

func newHandover(maxCommits, maxBytes int) *handover {
	return &handover{
		maxCommits: maxCommits, maxBytes: maxBytes,
		nudge:   make(chan struct{}, 1),
		commits: map[event.Position]ports.Recorded{},
	}
}

// collect begins to keep commits, or ends it.
func (h *handover) collect(wanted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.collecting.Store(wanted)
	h.forget()
}

// forget drops all commits. The caller holds the lock.
func (h *handover) forget() {
	clear(h.commits)
	h.bytes = 0
}

// put keeps a commit that is durable.
func (h *handover) put(c ports.Recorded) {
	if !h.collecting.Load() {
		return
	}
	h.mu.Lock()
	if !h.collecting.Load() {
		h.mu.Unlock()
		return
	}
	if _, already := h.commits[c.Position]; already { // folded from the log and written here
		h.mu.Unlock()
		return
	}
	h.bytes += size(&c)
	if len(h.commits) == h.maxCommits || h.bytes > h.maxBytes {
		h.forget()
		h.bytes = size(&c)
	}
	h.commits[c.Position] = c
	h.mu.Unlock()
	h.used.Store(true)
	select {
	case h.nudge <- struct{}{}:
	default: // the tail knows
	}
}

// forgetNudge drops the token of commits that take finds anyway, so that the next token
// is that of a later commit.
func (h *handover) forgetNudge() {
	select {
	case <-h.nudge:
	default:
	}
}

// take appends the commits that follow a position without a gap, as many as fit, and
// drops those up to it.
func (h *handover) take(to []*Commit, after event.Position, encode Encode) []*Commit {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(to) < cap(to) {
		c, found := h.commits[after+1]
		if !found {
			break
		}
		h.drop(c)
		to = append(to, lasting(c, encode))
		after++
	}
	if len(to) == 0 && len(h.commits) > 0 { // the tail has read some of them from the log
		for p, c := range h.commits {
			if p <= after {
				h.drop(c)
			}
		}
	}
	return to
}

func (h *handover) drop(c ports.Recorded) {
	delete(h.commits, c.Position)
	h.bytes -= size(&c)
}
