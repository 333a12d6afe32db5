package ledger

import (
	"sync"

	"github.com/onhand/onhand/domain/event"
)

// maxTogether is how many commands are decided together. Half of what the store
// takes in one group commit, so that a hot lane and the others share it.
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
	t.blocked, t.inTurn = 0, false
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

// together is who shares the turn of head: also the tickets right behind it in
// any of its queues, and right behind those, as long as nobody else is before
// them anywhere. Each would run next without anybody in between.
func (l *lanes) together(head *ticket, into []*ticket) []*ticket {
	l.mu.Lock()
	defer l.mu.Unlock()
	head.inTurn = true
	into = append(into, head)
	for _, id := range head.set.streams {
		for _, t := range l.queues[id][1:] {
			if t.blocked != 1 || len(into) == maxTogether {
				break
			}
			t.inTurn = true
			into = append(into, t)
		}
	}
	return into
}

// leave takes the tickets of a turn out of their queues and starts whoever is
// first in all queues now.
func (l *lanes) leave(turn []*ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tickets -= len(turn)
	for _, t := range turn {
		if t.over != nil {
			close(t.over)
			t.over = nil
		}
		for _, id := range t.set.streams {
			l.pop(id)
		}
	}
}

// pop takes the first ticket out of a queue. The next one moves up, unless it is
// of the same turn and about to leave, too.
func (l *lanes) pop(id event.StreamID) {
	queue := l.queues[id]
	queue[0] = nil // the array may live on; the ticket need not
	queue = queue[1:]
	if len(queue) == 0 {
		delete(l.queues, id)
		return
	}
	l.queues[id] = queue
	if next := queue[0]; !next.inTurn && next.unblock() {
		l.start(next)
	}
}

// turnOn returns a channel that is closed when the turn at work on a stream is
// over, nil if none is.
func (l *lanes) turnOn(id event.StreamID) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.queues[id]
	if len(queue) == 0 || !queue[0].inTurn {
		return nil // whoever is first has not looked at the clock yet
	}
	if queue[0].over == nil {
		queue[0].over = make(chan struct{})
	}
	return queue[0].over
}

// waiting is how many tickets are in the lanes, at work or waiting.
func (l *lanes) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tickets
}
