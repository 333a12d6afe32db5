package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// several are ledgers of different processes on one log, with leases.
type several struct {
	*testing.T
	log    *memory.EventStore
	leases *memory.Leases
	ids    atomic.Int64
}

// leaseTime is how long a lease lasts in these tests, and leaseWait how long commands wait
// for one.
const (
	leaseTime = 2 * time.Second
	leaseWait = 300 * time.Millisecond
)

func inSeveral(t *testing.T, test func(s *several)) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		test(&several{
			T: t, log: memory.NewEventStore(time.Hour, time.Now),
			leases: memory.NewLeases(leaseTime, func() time.Duration { return time.Since(start) }),
		})
	})
}

// process begins one, with its own look at the log, which wrap may change.
func (s *several) process(wrap func(*memory.Process) ports.EventStore) *ledger.Ledger {
	return s.processWith(s.leases.Another(), wrap)
}

func (s *several) processWith(leases ports.Leases, wrap func(*memory.Process) ports.EventStore) *ledger.Ledger {
	store := ports.EventStore(s.log.Process())
	if wrap != nil {
		store = wrap(store.(*memory.Process))
	}
	clock := ledger.NewClock(bubbleClock(), func(ports.Incident) {})
	committed := &committed{}
	l := ledger.New(store, s.log, clock, func() string { return fmt.Sprint("id-", s.ids.Add(1)) },
		ledger.Options{Leases: leases, LeaseWait: leaseWait, Committed: committed.add})
	s.Cleanup(func() { committed.check(s, l, s.log) })
	require.NoError(s, l.Open(context.Background()))
	s.Cleanup(func() { require.NoError(s, l.Close(context.Background())) })
	return l
}

func (s *several) must(l *ledger.Ledger, r ledger.Request) ledger.Outcome {
	s.Helper()
	outcome, err := l.Execute(context.Background(), r)
	require.NoError(s, err)
	return outcome
}

func (s *several) start(l *ledger.Ledger, r ledger.Request) *call {
	return (&fixture{T: s.T}).startOn(l, r)
}

func (s *several) onHand(l *ledger.Ledger, key stock.Key) int64 {
	s.Helper()
	item, _, err := l.Item(context.Background(), key)
	require.NoError(s, err)
	return item.OnHand
}

// commits are all in the log, checked against the rules of the domain.
func (s *several) commits() (all []ports.Recorded) {
	s.Helper()
	auditor := audit.New(nil)
	for c, err := range s.log.Commits(context.Background(), 0) {
		require.NoError(s, err)
		require.NoError(s, auditor.Check(c))
		all = append(all, c)
	}
	return all
}

// steal takes the leases on items as one more process.
func (s *several) steal(keys ...stock.Key) ports.Lease {
	s.Helper()
	lease, err := s.leases.Another().Acquire(context.Background(), ids(keys...), 0)
	require.NoError(s, err)
	return lease
}

func TestLedgersOfSeveralProcesses(t *testing.T) {
	t.Run("decide on what the others have acknowledged", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			one, two := s.process(nil), s.process(nil)
			s.must(one, adjust(5, a))
			_, err := two.Execute(context.Background(), adjust(-6, a))
			require.True(t, insufficient(err))
			require.Equal(t, "1", string(s.must(two, adjust(-4, a)).Result.(text)))
			_, err = one.Execute(context.Background(), dry(adjust(-2, a)))
			require.True(t, insufficient(err), "a dry run, too")
			require.Equal(t, 2, len(s.commits()), "and nothing was a conflict")
		})
	})
	t.Run("show what the others have acknowledged when they are asked to look", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			one, two := s.process(nil), s.process(nil)
			s.must(one, adjust(5, a))
			require.Zero(t, s.onHand(two, a))
			require.NoError(t, two.CatchUp(context.Background()))
			require.Equal(t, int64(5), s.onHand(two, a))
			require.EqualValues(t, 1, two.Position())
		})
	})
	t.Run("know each other's keys", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			one, two := s.process(nil), s.process(nil)
			s.must(one, keyed("k", adjust(5, a)))
			outcome := s.must(two, keyed("k", adjust(5, a)))
			require.True(t, outcome.Replayed)
			require.Equal(t, `"5"`, string(outcome.Stored))
			_, err := two.Execute(context.Background(), keyed("k", adjust(6, a)))
			require.ErrorIs(t, err, ledger.ErrKeyReused)
		})
	})
	t.Run("end a wait for a position, if they tail the log", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			one, two := s.process(nil), s.process(nil)
			ctx, cancel := context.WithCancel(context.Background())
			var following sync.WaitGroup
			following.Go(func() { two.Tail(ctx) })
			for n := range 3 {
				s.must(one, adjust(1, a))
				require.NoError(t, two.WaitFor(context.Background(), one.Position()))
				require.Equal(t, int64(n+1), s.onHand(two, a))
			}
			cancel()
			following.Wait()
		})
	})
	t.Run("never decide before a deadline again that any of them has seen come", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			g := &gate{EventStore: s.log, let: make(chan error)}
			one := s.process(func(p *memory.Process) ports.EventStore { return &gatedProcess{p, g} })
			two := s.process(nil)
			s.must(one, adjust(5, a))
			_, err := reserve("r", 5, a).Handle(context.Background(), one, newID)
			require.NoError(t, err)
			time.Sleep(untilDeadline - time.Second)
			g.setShut(true)
			var committed error
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, committed = (&command.CommitReservation{ID: "r"}).Handle(context.Background(), one, newID)
			}()
			synctest.Wait() // decided in time, but not written yet
			time.Sleep(time.Second)
			require.NoError(t, two.CatchUp(context.Background()))
			item, _, err := two.Item(context.Background(), a)
			require.NoError(t, err)
			require.Equal(t, int64(5), item.Available(), "the hold is over, as told to the world")
			r, _, err := two.Reservation(context.Background(), "r")
			require.NoError(t, err)
			require.Equal(t, reservation.ExpiredStatus, r.Status())
			g.open()
			<-done
			require.True(t, expired(committed), "%v", committed)
		})
	})
	for name, look := range map[string]func(s *several, two *ledger.Ledger){
		"a read": func(s *several, two *ledger.Ledger) {
			item, _, err := two.Item(context.Background(), a)
			require.NoError(s, err)
			require.Equal(s, int64(5), item.Available())
		},
		"a refusal": func(s *several, two *ledger.Ledger) {
			_, err := (&command.CommitReservation{ID: "r"}).Handle(context.Background(), two, newID)
			require.True(s, expired(err), "%v", err)
		},
	} {
		t.Run("nor if the clock of the checks at the log is late: "+name, func(t *testing.T) {
			inSeveral(t, func(s *several) {
				s.log = memory.NewEventStore(time.Hour, func() time.Time { return time.Now().Add(-time.Minute) })
				g := &gate{EventStore: s.log, let: make(chan error)}
				one := s.processWith(nil, func(p *memory.Process) ports.EventStore { return &gatedProcess{p, g} })
				two := s.processWith(nil, nil)
				s.must(one, adjust(5, a))
				_, err := reserve("r", 5, a).Handle(context.Background(), one, newID)
				require.NoError(t, err)
				time.Sleep(untilDeadline - time.Second)
				g.setShut(true)
				commit := begin(&fixture{T: t, Ledger: one}, (&command.CommitReservation{ID: "r"}).Handle)
				time.Sleep(time.Second)
				require.NoError(t, two.CatchUp(context.Background()))
				look(s, two)
				g.open()
				<-commit.done
				require.True(t, expired(commit.err), "%v", commit.err)
			})
		})
	}
}

var newID = command.Call{NewID: func() string { return "made" }}

// gatedProcess is a process whose appends wait.
type gatedProcess struct {
	*memory.Process
	gate *gate
}

func (g *gatedProcess) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	g.gate.mu.Lock()
	shut := g.gate.shut
	g.gate.mu.Unlock()
	if shut {
		select {
		case err := <-g.gate.let:
			if err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return g.Process.Append(ctx, commits)
}
