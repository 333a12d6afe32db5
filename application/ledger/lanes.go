package ledger

import (
	"sync"

	"github.com/onhand/onhand/domain/event"
)

// maxTogether is how many commands of one lane are decided together. Half of
// what the store takes in one group commit, so that a hot lane and the others
// share it.
const maxTogether = 256

// lanes holds, for every stream that somebody wants, who waits for it in the
// order of arrival.
type lanes struct {
	limit int                // tickets
	start func(head *ticket) // begins a turn; must not block

	mu      sync.Mutex
	queues  map[event.StreamID][]*ticket
	tickets int
}

func newLanes(limit int, start func(*ticket)) *lanes {
	return &lanes{limit: limit, start: start, queues: map[event.StreamID][]*ticket{}}
}

// enter puts a ticket into the queues of all its streams at once and starts its
// turn if it is first in each. It gives ErrOverloaded when too many wait.
func (l *lanes) enter(t *ticket) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tickets >= l.limit {
		return ErrOverloaded
	}
	l.tickets++
	t.blocked = 0
	for _, id := range t.set.streams {
		queue := l.queues[id]
		if len(queue) > 0 {
			t.blocked++
		}
		l.queues[id] = append(queue, t)
	}
	if t.blocked == 0 {
		l.start(t)
	}
	return nil
}

// together is who shares the turn of head: head alone if it wants several
// streams, else also the tickets right behind it that want the same one only.
func (l *lanes) together(head *ticket, into []*ticket) []*ticket {
	into = append(into, head)
	if len(head.set.streams) != 1 {
		return into
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.queues[head.set.streams[0]][1:] {
		if len(t.set.streams) != 1 || len(into) == maxTogether {
			break
		}
		into = append(into, t)
	}
	return into
}

// leave takes the tickets of a turn out of their queues and starts whoever is
// first in all queues now.
func (l *lanes) leave(turn []*ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tickets -= len(turn)
	for _, id := range turn[0].set.streams {
		queue := l.queues[id]
		clear(queue[:len(turn)]) // the array may live on; the tickets need not
		queue = queue[len(turn):]
		if len(queue) == 0 {
			delete(l.queues, id)
			continue
		}
		l.queues[id] = queue
		if next := queue[0]; next.unblock() {
			l.start(next)
		}
	}
}

// waiting is how many tickets are in the lanes, at work or waiting.
func (l *lanes) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tickets
}
