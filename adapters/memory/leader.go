package memory

import (
	"context"
	"fmt"
	"sync"

	"github.com/onhand/onhand/ports"
)

// Leader is a ports.Leader in memory, as one of several processes has it.
type Leader struct {
	election *election
	term     ports.Term    // election.mu protects it
	end      chan struct{} // term.Done; nil unless this process leads
	closing  chan struct{} // closed by Close
	closed   bool          // election.mu protects it
}

// election is what those processes share.
type election struct {
	mu      sync.Mutex
	leader  *Leader
	number  int64         // of the last term
	vacated chan struct{} // closed when the leader ends
}

var _ ports.Leader = (*Leader)(nil)

// NewLeader makes an election with one process.
func NewLeader() *Leader { return (&election{}).process() }

func (e *election) process() *Leader { return &Leader{election: e, closing: make(chan struct{})} }

// Another is the same election as another process has it.
func (l *Leader) Another() *Leader { return l.election.process() }

// Campaign implements ports.Leader.
func (l *Leader) Campaign(ctx context.Context) (ports.Term, error) {
	for {
		term, vacated, err := l.try(ctx)
		if vacated == nil {
			return term, err
		}
		select {
		case <-ctx.Done():
		case <-l.closing:
		case <-vacated:
		}
	}
}

// TryCampaign implements ports.Leader.
func (l *Leader) TryCampaign(ctx context.Context) (ports.Term, error) {
	term, vacated, err := l.try(ctx)
	if vacated != nil {
		err = ports.ErrNotLeader
	}
	return term, err
}

// try is one attempt. Where another process leads, vacated is what ends with that.
func (l *Leader) try(ctx context.Context) (term ports.Term, vacated <-chan struct{}, err error) {
	e := l.election
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return ports.Term{}, nil, err
	}
	switch {
	case l.closed:
		return ports.Term{}, nil, fmt.Errorf("%w: closed", ports.ErrUnavailable)
	case e.leader == l:
		return l.term, nil, nil
	case e.leader != nil:
		return ports.Term{}, e.vacated, nil
	}
	e.number++
	e.leader, e.vacated = l, make(chan struct{})
	l.end = make(chan struct{})
	l.term = ports.Term{Number: e.number, Done: l.end}
	return l.term, nil, nil
}

// IsLeader implements ports.Leader.
func (l *Leader) IsLeader() bool {
	l.election.mu.Lock()
	defer l.election.mu.Unlock()
	return l.election.leader == l
}

// Resign implements ports.Leader.
func (l *Leader) Resign(context.Context) error {
	l.election.mu.Lock()
	defer l.election.mu.Unlock()
	l.vacate()
	return nil
}

// vacate ends the term, if there is one. The caller holds election.mu.
func (l *Leader) vacate() {
	if e := l.election; e.leader == l {
		e.leader = nil
		close(l.end)
		close(e.vacated)
	}
}

// Close implements ports.Leader.
func (l *Leader) Close() error {
	l.election.mu.Lock()
	defer l.election.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.closing)
	}
	l.vacate()
	return nil
}
