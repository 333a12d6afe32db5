package ledger_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func ids(keys ...stock.Key) (streams []event.StreamID) {
	for _, key := range keys {
		streams = append(streams, key.Stream())
	}
	return streams
}

func TestACommandThatNeedsALeaseOfAnotherOwner(t *testing.T) {
	t.Run("is told after a while, with nothing done", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			l := s.process(nil)
			lease := s.steal(b)
			begun := time.Now()
			_, err := l.Execute(context.Background(), adjust(1, a, b))
			var held *ports.LeaseHeldError
			require.ErrorAs(t, err, &held)
			require.Equal(t, b.Stream(), held.Stream)
			require.InDelta(t, leaseWait, time.Since(begun), float64(10*time.Millisecond))
			require.Empty(t, s.commits())
			require.NoError(t, lease.Release())
			s.must(l, adjust(1, a, b))
		})
	})
	t.Run("runs when it is free, and holds no other command up meanwhile", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			l := s.process(nil)
			lease := s.steal(b)
			first := s.start(l, adjust(1, a, b))
			s.must(l, adjust(1, a))
			require.False(t, first.finished())
			require.NoError(t, lease.Release())
			require.Equal(t, "2", first.result())
			synctest.Wait() // it leaves the queues after the answer
			require.Zero(t, l.Waiting())
		})
	})
	t.Run("is not run if its caller leaves", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			l := s.process(nil)
			lease := s.steal(a)
			left, stays := s.start(l, adjust(1, a)), s.start(l, adjust(10, a))
			time.Sleep(leaseWait / 2)
			left.cancel()
			<-left.done
			require.ErrorIs(t, left.err, context.Canceled)
			require.NoError(t, lease.Release())
			require.Equal(t, "10", stays.result())
		})
	})
	t.Run("runs when the lease has run out", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			l := s.process(nil)
			s.steal(a)
			time.Sleep(leaseTime - leaseWait/2)
			s.must(l, adjust(1, a))
			require.Greater(t, s.commits()[0].Tokens[0].Token, int64(1))
		})
	})
}

func TestCommitsCarryTheTokensOfTheirOwnStreams(t *testing.T) {
	inSeveral(t, func(s *several) {
		g := &gate{EventStore: s.log, let: make(chan error)}
		l := s.process(func(p *memory.Process) ports.EventStore { return &gatedProcess{p, g} })
		g.setShut(true)
		calls := []*call{
			s.start(l, adjust(1, a)), s.start(l, adjust(1, a, b)), s.start(l, adjust(1, a)), s.start(l, adjust(1, b)),
		}
		g.open()
		synctest.Wait()
		last := map[event.StreamID]int64{}
		for i, c := range s.commits() {
			var streams []event.StreamID
			for _, e := range c.Tokens {
				streams = append(streams, e.Stream)
				require.GreaterOrEqual(t, e.Token, last[e.Stream])
				last[e.Stream] = e.Token
			}
			require.Equal(t, [][]event.StreamID{ids(a), ids(a, b), ids(a), ids(b)}[i], streams)
		}
		for _, c := range calls {
			require.True(t, c.finished())
		}
		require.Equal(t, s.commits()[1].Tokens[0], s.commits()[2].Tokens[0], "the last three were decided together")
		require.Positive(t, s.log.Head().Token)
	})
}

func TestALeaseThatIsLost(t *testing.T) {
	t.Run("before the append, lets the command be decided again", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			l := s.process(nil)
			slow := adjust(1, a)
			decided := 0
			decide := slow.Decide
			slow.Decide = func(tx *ledger.Tx) (ledger.Result, error) {
				if decided++; decided == 1 {
					time.Sleep(leaseTime) // as if the process were stopped
				}
				return decide(tx)
			}
			require.Equal(t, "1", string(s.must(l, slow).Result.(text)))
			require.Equal(t, 2, decided)
			require.Len(t, s.commits(), 1)
		})
	})
	t.Run("while the append waits, cancels it", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			g := &gate{EventStore: s.log, let: make(chan error)}
			l := s.process(func(p *memory.Process) ports.EventStore { return &gatedProcess{p, g} })
			g.setShut(true)
			c := s.start(l, adjust(1, a))
			time.Sleep(leaseTime)
			other := s.steal(a) // tells the first that it has lost it
			g.setShut(false)
			require.NoError(t, other.Release())
			require.Equal(t, "1", c.result())
			require.Len(t, s.commits(), 1)
		})
	})
	t.Run("unseen, is seen by the store", func(t *testing.T) {
		inSeveral(t, func(s *several) {
			var once sync.Once
			l := s.process(func(p *memory.Process) ports.EventStore {
				return &overtaken{Process: p, before: func() {
					once.Do(func() {
						_, err := s.log.Process().Append(context.Background(), []ports.Commit{{
							ID: "x", Time: time.Now(), Tokens: []ports.FencingToken{{Stream: a.Stream(), Token: 1000}},
							Events: []ports.Event{{Stream: deadletter.Stream("x"), Version: 1, Type: deadletter.DeletedV1, Time: time.Now(), Data: []byte(`{}`)}},
						}})
						require.NoError(t, err)
					})
				}}
			})
			require.Equal(t, "1", string(s.must(l, adjust(1, a)).Result.(text)))
			require.Greater(t, s.log.Head().Token, int64(1000), "with a token above")
		})
	})
}

// overtaken is a process that something happens to before each append.
type overtaken struct {
	*memory.Process
	before func()
}

func (o *overtaken) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	o.before()
	return o.Process.Append(ctx, commits)
}

func TestWhatCannotBeLookedAtIsNotDecidedOn(t *testing.T) {
	inSeveral(t, func(s *several) {
		l := s.process(func(p *memory.Process) ports.EventStore { return &blind{p} })
		_, err := l.Execute(context.Background(), adjust(1, a))
		require.ErrorIs(t, err, ports.ErrBusy)
		_, err = l.Execute(context.Background(), keyed("k", dry(adjust(1, a))))
		require.ErrorIs(t, err, ports.ErrBusy)
		require.ErrorIs(t, l.CatchUp(context.Background()), ports.ErrBusy)
		require.Empty(t, s.commits())
	})
}

// blind is a process that cannot look what the others did.
type blind struct{ *memory.Process }

func (blind) CatchUp(context.Context) (event.Position, error) { return 0, ports.ErrBusy }
