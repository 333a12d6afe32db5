package ledger_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// lossy is a store that loses the outcome of appends, and takes others meanwhile.
type lossy struct {
	*memory.EventStore
	late bool // what it writes all the same arrives with the next read barrier that succeeds

	mu    sync.Mutex
	wire  [][]ports.Commit                                      // on their way
	lose  func(commits []ports.Commit) (written int, lost bool) // nil loses nothing
	down  error                                                 // of CatchUp, nil while it works
	looks atomic.Int64                                          // calls of CatchUp
}

func (l *lossy) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	l.mu.Lock()
	lose := l.lose
	l.mu.Unlock()
	if lose == nil {
		return l.EventStore.Append(ctx, commits)
	}
	written, lost := lose(commits)
	if !lost {
		return l.EventStore.Append(ctx, commits)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wire = append(l.wire, commits[:written])
	if !l.late {
		l.arrive()
	}
	return nil, ports.ErrOutcomeUnknown
}

// arrive writes the commits on their way. The caller holds the lock.
func (l *lossy) arrive() {
	for _, commits := range l.wire {
		_, _ = l.EventStore.Append(context.Background(), commits) // some may be refused
	}
	l.wire = nil
}

func (l *lossy) CatchUp(ctx context.Context) (event.Position, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looks.Add(1)
	if l.down != nil {
		return 0, l.down
	}
	l.arrive()
	return l.EventStore.CatchUp(ctx)
}

func (l *lossy) set(lose func([]ports.Commit) (int, bool), down error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose, l.down = lose, down
}

// loseOne loses the outcome of the next append, of which so many commits are written, and
// fails read barriers until set is called again.
func (l *lossy) loseOne(written int) {
	var once sync.Once
	l.set(func(commits []ports.Commit) (int, bool) {
		lost := false
		once.Do(func() { lost = true })
		return min(written, len(commits)), lost
	}, ports.ErrUnavailable)
}

// inLossyBubble runs a test on fresh ledgers whose stores lose outcomes.
func inLossyBubble(t *testing.T, test func(f *fixture, store *lossy)) {
	for _, late := range []bool{false, true} {
		inBubble(t, func(f *fixture) {
			store := &lossy{EventStore: f.store.EventStore, late: late}
			f.Ledger = f.ledgerOnStore(store)
			test(f, store)
			require.NoError(t, f.Close(context.Background()))
		})
	}
}

// carryOut loses the outcomes of a plan.
func (l *lossy) carryOut(losses []plannedLoss) {
	var mu sync.Mutex
	l.set(func(commits []ports.Commit) (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if len(losses) == 0 {
			return 0, false
		}
		next := losses[0]
		losses = losses[1:]
		if next.lost && next.blind > 0 {
			l.blind(next.blind)
		}
		return min(next.written, len(commits)), next.lost
	}, nil)
}

func (l *lossy) blind(length time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = ports.ErrUnavailable
	time.AfterFunc(length, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.down = nil
	})
}

// startBehindGate starts a request whose append waits until the function that is returned
// is called, so that the requests that come meanwhile are decided together.
func (f *fixture) startBehindGate(store *lossy, r ledger.Request) (open func()) {
	let := make(chan struct{})
	store.set(func([]ports.Commit) (int, bool) { <-let; return 0, false }, nil)
	first := f.start(r)
	return func() {
		close(let)
		<-first.done
		require.NoError(f, first.err)
		synctest.Wait()
	}
}

func (f *fixture) commits() (all []ports.Recorded) {
	for c, err := range f.store.Commits(context.Background(), 0) {
		require.NoError(f, err)
		all = append(all, c)
	}
	return all
}
