package ledger

import (
	"sync"

	"github.com/onhand/onhand/domain/event"
)

// maxBatch is how many commands are decided together. Half of what the store takes in
// one group commit, so that a hot queue and the others share it.
const maxBatch = 256

// queues holds, for every stream that a command wants, the pending commands in the order
// of their arrival.
type queues struct {
	limit int                 // commands
	start func(head *pending) // begins a batch; must not block

	mu       sync.Mutex
	byStream map[event.StreamID][]*pending
	commands int
}

func newQueues(limit int, start func(*pending)) *queues {
	return &queues{limit: limit, start: start, byStream: map[event.StreamID][]*pending{}}
}

// enqueue puts a command into the queues of all its streams at once and starts its batch
// if it is first in each. It returns ErrOverloaded when too many wait.
func (q *queues) enqueue(p *pending) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.commands >= q.limit {
		return ErrOverloaded
	}
	q.commands++
	p.blocked, p.batched = 0, false
	for _, id := range p.set.streams {
		queue := q.byStream[id]
		if len(queue) > 0 {
			p.blocked++
		}
		q.byStream[id] = append(queue, p)
	}
	if p.blocked == 0 {
		q.start(p)
	}
	return nil
}

// batch returns the commands that are decided together with head: also those right after
// it in any of its queues, and right after those, as long as no other command is before
// them anywhere. Each would run next without any command in between.
func (q *queues) batch(head *pending) []*pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	head.batched = true
	commands := []*pending{head}
	for _, id := range head.set.streams {
		for _, p := range q.byStream[id][1:] {
			if p.blocked != 1 || len(commands) == maxBatch {
				break
			}
			p.batched = true
			commands = append(commands, p)
		}
	}
	return commands
}

// release takes the commands of a batch out of their queues and starts those that are
// first in all queues now.
func (q *queues) release(batch []*pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.commands -= len(batch)
	for _, p := range batch {
		if p.over != nil {
			close(p.over)
			p.over = nil
		}
		for _, id := range p.set.streams {
			q.pop(id)
		}
	}
}

// pop takes the first command out of a queue. The next one moves up, unless it is of the
// same batch and about to be released, too.
func (q *queues) pop(id event.StreamID) {
	queue := q.byStream[id]
	queue[0] = nil // the array may live on; the command need not
	queue = queue[1:]
	if len(queue) == 0 {
		delete(q.byStream, id)
		return
	}
	q.byStream[id] = queue
	if next := queue[0]; !next.batched && next.unblock() {
		q.start(next)
	}
}

// batchOn returns a channel that is closed when the batch at work on a stream is over,
// nil if none is.
func (q *queues) batchOn(id event.StreamID) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	queue := q.byStream[id]
	if len(queue) == 0 || !queue[0].batched {
		return nil // the first command has not looked at the clock yet
	}
	if queue[0].over == nil {
		queue[0].over = make(chan struct{})
	}
	return queue[0].over
}

// length returns how many commands are in the queues, at work or waiting.
func (q *queues) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.commands
}
