package jsonevents

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/onhand/onhand/ports"
)

// queue holds the requests that wait for the committer, in order and bounded.
type queue struct {
	limit int // commits
	wake  chan struct{}

	mu      sync.Mutex
	waiting []*request
	commits int
	closed  bool
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, wake: make(chan struct{}, 1)}
}

// await puts a request into the queue and waits until it is answered. A context that ends takes
// the request back, unless the committer already has it.
func (q *queue) await(ctx context.Context, r *request) ([]ports.Appended, error) {
	if err := q.put(r); err != nil {
		return nil, err
	}
	select {
	case <-r.done:
		return r.results, r.err
	case <-ctx.Done():
	}
	if q.withdraw(r) {
		return nil, ctx.Err()
	}
	<-r.done
	return r.results, r.err
}

// put adds a request, or refuses it with ErrUnavailable.
func (q *queue) put(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return fmt.Errorf("%w: closed", ports.ErrUnavailable)
	case q.commits > 0 && q.commits+len(r.commits) > q.limit:
		return fmt.Errorf("%w: %d commits wait already", ports.ErrUnavailable, q.commits)
	}
	q.waiting = append(q.waiting, r)
	q.commits += len(r.commits)
	q.signal()
	return nil
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// empty reports whether nothing waits.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) == 0
}

// length returns the number of commits that wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.commits
}

// withdraw takes a request back; false if the committer already has it.
func (q *queue) withdraw(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, r)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	q.commits -= len(r.commits)
	return true
}

// take removes the requests that one group commit may hold, at least one if any waits.
func (q *queue) take(into []*request) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	commits := 0
	n := 0
	for ; n < len(q.waiting); n++ {
		commits += len(q.waiting[n].commits)
		if n > 0 && commits > groupCommits {
			break
		}
		into = append(into, q.waiting[n])
		q.commits -= len(q.waiting[n].commits)
	}
	q.waiting = slices.Delete(q.waiting, 0, n)
	return into
}

// giveBack returns requests that did not fit into a group to the front.
func (q *queue) giveBack(rs []*request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.Insert(q.waiting, 0, rs...)
	for _, r := range rs {
		q.commits += len(r.commits)
	}
	q.signal()
}

// close refuses further requests. Those that wait are still served.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

// drained reports whether the queue is closed and empty.
func (q *queue) drained() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed && len(q.waiting) == 0
}
