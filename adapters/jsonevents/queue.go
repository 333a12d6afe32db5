package jsonevents

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

// request is one Append on its way through the committer.
type request struct {
	commits []ports.Commit
	keys    []keyHash // of each commit, meaningless where it has no key; nil if none has
	refused []error   // of each commit that breaks the rules of commits; nil if none does
	settled time.Time // without commits: the time to settle
	results []ports.Appended
	err     error
	done    chan struct{} // closed when results or err are final
}

// queue holds what waits for the committer, in order and bounded.
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

// empty tells whether nothing waits.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) == 0
}

// length is how many commits wait.
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

// take removes the requests that one group commit may hold, at least one if
// any waits.
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

// giveBack puts requests that did not fit into a group back to the front.
func (q *queue) giveBack(rs []*request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.Insert(q.waiting, 0, rs...)
	for _, r := range rs {
		q.commits += len(r.commits)
	}
	q.signal()
}

// close refuses further requests; those that wait are still served.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

// drained tells whether the queue is closed and empty.
func (q *queue) drained() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed && len(q.waiting) == 0
}

// Append implements ports.EventStore.
func (s *Store) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	r := &request{commits: commits, done: make(chan struct{})}
	for i := range commits {
		if err := checkCommit(&commits[i]); err != nil {
			if r.refused == nil {
				r.refused = make([]error, len(commits))
			}
			r.refused[i] = err
		}
		if commits[i].Key != "" {
			if r.keys == nil {
				r.keys = make([]keyHash, len(commits))
			}
			r.keys[i] = hashKey(commits[i].Key)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(commits) == 0 {
		return nil, nil
	}
	return s.await(ctx, r)
}

// commitLimits are what one line of the log may hold.
var commitLimits = ports.CommitLimits{Events: 10_000, Bytes: 4 << 20}

// checkCommit is ports.Commit's Check, and refuses data that would break a line.
func checkCommit(c *ports.Commit) error {
	if err := c.Check(commitLimits); err != nil {
		return err
	}
	for i := range c.Events {
		if bytes.IndexByte(c.Events[i].Data, '\n') >= 0 {
			return &ports.MalformedCommitError{Problem: fmt.Sprintf("the data of event %d has a line break", i)}
		}
	}
	if bytes.IndexByte(c.Result, '\n') >= 0 {
		return &ports.MalformedCommitError{Problem: "the result has a line break"}
	}
	return nil
}

// await lets the committer serve a request.
func (s *Store) await(ctx context.Context, r *request) ([]ports.Appended, error) {
	if err := s.queue.put(r); err != nil {
		return nil, err
	}
	select {
	case <-r.done:
		return r.results, r.err
	case <-ctx.Done():
	}
	if s.queue.withdraw(r) {
		return nil, ctx.Err()
	}
	<-r.done
	return r.results, r.err
}
