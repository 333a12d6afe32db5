package flockleader

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// Options are what New needs.
type Options struct {
	Dir      string           // the directory that the leader locks: one that exists and has files in it
	TermFile string           // the path of the file that keeps the last term's number
	Now      func() time.Time // the wall clock
	// RetryPeriod is the pause between two attempts of Campaign; 1 s by default.
	RetryPeriod time.Duration
	Disk        durablefile.Disk // the machine's file system by default
}

// Leader is a ports.Leader.
type Leader struct {
	opts    Options
	leads   atomic.Bool
	closing chan struct{} // closed by Close

	mu     sync.Mutex          // protects what follows; held during disk I/O
	lock   durablefile.DirLock // nil unless this process leads
	term   ports.Term
	end    chan struct{} // term.Done
	closed bool
}

var _ ports.Leader = (*Leader)(nil)

// New makes a Leader of one process. It touches the disk only when it campaigns.
func New(opts Options) *Leader {
	if opts.Disk == nil {
		opts.Disk = durablefile.OS{}
	}
	if opts.RetryPeriod == 0 {
		opts.RetryPeriod = time.Second
	}
	return &Leader{opts: opts, closing: make(chan struct{})}
}

// Campaign implements ports.Leader.
func (l *Leader) Campaign(ctx context.Context) (ports.Term, error) {
	retry := time.NewTicker(l.opts.RetryPeriod)
	defer retry.Stop()
	for {
		term, err := l.TryCampaign(ctx)
		if !errors.Is(err, ports.ErrNotLeader) {
			return term, err
		}
		select {
		case <-ctx.Done():
		case <-l.closing:
		case <-retry.C:
		}
	}
}

// TryCampaign implements ports.Leader.
func (l *Leader) TryCampaign(ctx context.Context) (ports.Term, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return ports.Term{}, err
	}
	if l.closed {
		return ports.Term{}, fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	if l.lock != nil {
		return l.term, nil
	}
	lock, err := l.opts.Disk.LockDir(l.opts.Dir, durablefile.Exclusive)
	if errors.Is(err, durablefile.ErrLocked) {
		return ports.Term{}, ports.ErrNotLeader
	}
	if err != nil {
		return ports.Term{}, fmt.Errorf("%w: lock of the leader: %w", ports.ErrUnavailable, err)
	}
	number, err := l.nextNumber()
	if err != nil {
		return ports.Term{}, errors.Join(fmt.Errorf("%w: number of the term: %w", ports.ErrUnavailable, err), lock.Close())
	}
	l.lock, l.end = lock, make(chan struct{})
	l.term = ports.Term{Number: number, Done: l.end}
	l.leads.Store(true)
	return l.term, nil
}

// IsLeader implements ports.Leader.
func (l *Leader) IsLeader() bool { return l.leads.Load() }

// Resign implements ports.Leader. It does not wait, so it has no use for the context.
func (l *Leader) Resign(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.resign()
}

// resign ends the term, if there is one. The caller holds mu.
func (l *Leader) resign() error {
	if l.lock == nil {
		return nil
	}
	l.leads.Store(false)
	close(l.end)
	err := l.lock.Close()
	l.lock = nil
	if err != nil {
		return fmt.Errorf("resign: %w", err)
	}
	return nil
}

// Close implements ports.Leader.
func (l *Leader) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.closing)
	}
	return l.resign()
}
