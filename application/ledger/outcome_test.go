package ledger_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func TestALostOutcomeIsFoundOut(t *testing.T) {
	t.Run("a written commit is published and answered, and a repetition gets its outcome", func(t *testing.T) {
		inLossyBubble(t, func(f *fixture, store *lossy) {
			store.loseOne(1)
			first := f.start(keyed("k", adjust(5, a)))
			time.Sleep(30 * time.Second)
			require.False(t, first.finished())
			require.Zero(t, f.onHand(a), "nothing is shown before it is known")
			require.InDelta(t, 45, store.looks.Load(), 20, "it looks about once a second")
			require.Len(t, f.incidents(), 1, "an operator is told, once")
			require.Contains(t, f.incidents()[0], "is not known")
			store.set(nil, nil)
			require.Equal(t, "5", first.result())
			require.Equal(t, event.Position(1), first.outcome.Position)
			require.Len(t, f.incidents(), 2)
			require.Contains(t, f.incidents()[1], "is known")
			require.Equal(t, int64(5), f.onHand(a))
			require.Equal(t, "again \"5\"", f.start(keyed("k", adjust(5, a))).result())
			require.Len(t, f.commits(), 1)
		})
	})
	t.Run("a command that was not written is decided again", func(t *testing.T) {
		inLossyBubble(t, func(f *fixture, store *lossy) {
			store.loseOne(0)
			first := f.start(keyed("k", adjust(5, a)))
			f.must(adjust(7, b))
			require.Len(t, f.incidents(), 1)
			store.set(nil, nil)
			require.Equal(t, "5", first.result())
			require.Len(t, f.commits(), 2)
			require.Equal(t, "again \"5\"", f.start(keyed("k", adjust(5, a))).result())
			require.Equal(t, int64(5), f.onHand(a))
		})
	})
	t.Run("a command that was not written and has no caller any more leaves its key free", func(t *testing.T) {
		inLossyBubble(t, func(f *fixture, store *lossy) {
			store.loseOne(0)
			left := f.start(keyed("k", adjust(5, a)))
			left.cancel()
			<-left.done
			require.ErrorIs(t, left.err, ports.ErrOutcomeUnknown)
			repetition := f.start(keyed("k", adjust(5, a)))
			require.False(t, repetition.finished(), "it is not known whether it is one")
			require.ErrorIs(t, f.start(keyed("k", adjust(5, b))).err, ledger.ErrKeyInFlight)
			store.set(nil, nil)
			require.Equal(t, "5", repetition.result())
			require.Equal(t, int64(5), f.onHand(a))
			require.Len(t, f.commits(), 1, "it has one effect")
		})
	})
	t.Run("of commands that were appended together each has its own", func(t *testing.T) {
		for written := range 4 {
			inLossyBubble(t, func(f *fixture, store *lossy) {
				open := f.startBehindGate(store, adjust(1, a))
				store.loseOne(written)
				calls := []*call{f.start(adjust(10, a)), f.start(adjust(20, a)), f.start(adjust(30, a))}
				open()
				store.set(nil, nil)
				require.Equal(t, "11", calls[0].result())
				require.Equal(t, "31", calls[1].result())
				require.Equal(t, "61", calls[2].result())
				require.Equal(t, int64(61), f.onHand(a))
				require.Len(t, f.commits(), 4)
				f.sound()
			})
		}
	})
	t.Run("a deadline that has come meanwhile counts only for commits that were not written", func(t *testing.T) {
		for written, want := range []string{errTooLate.Error(), "5"} {
			inLossyBubble(t, func(f *fixture, store *lossy) {
				store.loseOne(written)
				late := f.start(until(time.Now().Add(time.Second), adjust(5, a)))
				time.Sleep(time.Minute)
				store.set(nil, nil)
				if store.late {
					want = errTooLate.Error() // it came too late to be written
				}
				require.Equal(t, want, late.result())
			})
		}
	})
	t.Run("also of holds that must be expired first, and of notes", func(t *testing.T) {
		for written := range 2 {
			inLossyBubble(t, func(f *fixture, store *lossy) {
				f.crowd(1500, a)
				store.loseOne(written)
				meets := f.start(adjust(1, a))
				store.set(nil, nil)
				require.Equal(t, "1501", meets.result())
				f.sound()

				store.loseOne(written)
				noted := make(chan error, 1)
				go func() { noted <- f.Note(context.Background(), givenUp("view-1-0")) }()
				synctest.Wait()
				require.Empty(t, noted)
				store.set(nil, nil)
				if err := <-noted; written == 0 {
					require.ErrorIs(t, err, ports.ErrUnavailable, "it may be repeated")
					require.NotErrorIs(t, err, ports.ErrOutcomeUnknown)
					require.NoError(t, f.Note(context.Background(), givenUp("view-1-0")))
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, event.Position(len(f.commits())), f.Position(), "positions have no gap")
			})
		}
	})
}

func TestWhileAnOutcomeIsNotKnown(t *testing.T) {
	t.Run("its streams take no decision, and others do", func(t *testing.T) {
		for written := range 2 {
			inLossyBubble(t, func(f *fixture, store *lossy) {
				f.must(adjust(3, a))
				store.loseOne(written)
				first := f.start(adjust(5, a, b))
				waiting := []*call{f.start(adjust(1, a)), f.start(dry(adjust(1, b))), f.start(adjust(-100, b))}
				left := f.start(keyed("k", adjust(1, a)))
				time.Sleep(10 * time.Second)
				for _, c := range waiting {
					require.False(t, c.finished())
				}
				left.cancel()
				<-left.done
				require.ErrorIs(t, left.err, context.Canceled, "it was not tried")
				require.Equal(t, "7", f.start(adjust(7, c)).result())
				require.Equal(t, int64(3), f.onHand(a), "reads see what is known")
				if written == 1 && !store.late {
					require.Equal(t, event.Position(1), f.Position(), "the next one may be written")
				} else {
					require.Equal(t, event.Position(2), f.Position())
				}
				store.set(nil, nil)
				require.Equal(t, "8", first.result())
				require.Equal(t, []string{"9", "6"}, []string{waiting[0].result(), waiting[1].result()})
				<-waiting[2].done
				require.True(t, insufficient(waiting[2].err))
				require.Equal(t, event.Position(4), f.Position())
				f.sound()
			})
		}
	})
	t.Run("refusals and dry runs that stand on it wait, and are decided again if it was not written", func(t *testing.T) {
		for written := range 2 {
			inLossyBubble(t, func(f *fixture, store *lossy) {
				f.must(adjust(10, a))
				open := f.startBehindGate(store, adjust(1, a))
				taker := f.start(adjust(-11, a))
				refused, tried := f.start(adjust(-5, a)), f.start(dry(adjust(2, a)))
				store.loseOne(written)
				open()
				taker.cancel()
				<-taker.done
				require.ErrorIs(t, taker.err, ports.ErrOutcomeUnknown)
				time.Sleep(10 * time.Second)
				require.False(t, refused.finished() || tried.finished())
				store.set(nil, nil)
				<-refused.done
				if written == 1 {
					require.True(t, insufficient(refused.err))
					require.Equal(t, "2", tried.result())
				} else {
					require.Equal(t, "6", refused.result(), "there was enough after all")
					require.Equal(t, "8", tried.result())
				}
				f.sound()
			})
		}
	})
	t.Run("a store that takes no commits refuses others at once", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.LoseOutcome(memory.LostOutcome{Written: 1, Failures: 5})
			first := f.start(keyed("k", adjust(5, a)))
			require.ErrorIs(t, f.start(adjust(1, b)).err, ports.ErrUnavailable)
			require.Equal(t, "5", first.result())
			require.Equal(t, "1", f.start(adjust(1, b)).result())
		})
	})
	t.Run("closing waits for it as long as its context allows", func(t *testing.T) {
		inLossyBubble(t, func(f *fixture, store *lossy) {
			store.loseOne(1)
			first := f.start(adjust(5, a))
			next := f.start(adjust(6, a))
			soon, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			began := time.Now()
			require.ErrorIs(t, f.Close(soon), context.DeadlineExceeded)
			require.Equal(t, 10*time.Second, time.Since(began))
			<-first.done
			require.ErrorIs(t, first.err, ports.ErrOutcomeUnknown)
			<-next.done
			require.ErrorIs(t, next.err, ports.ErrUnavailable)
			require.NotErrorIs(t, next.err, ports.ErrOutcomeUnknown, "it was not tried")
		})
	})
}

func TestAnOutcomeThatStaysUnknownIsNeverAPlainFailure(t *testing.T) {
	inLossyBubble(t, func(f *fixture, store *lossy) {
		f.must(adjust(10, a))
		open := f.startBehindGate(store, adjust(1, a))
		taker, refused := f.start(keyed("k", adjust(-11, a))), f.start(adjust(-5, a))
		store.loseOne(1)
		store.down = ports.ErrFailed
		open()
		<-taker.done
		<-refused.done
		require.ErrorIs(t, taker.err, ports.ErrOutcomeUnknown)
		require.NotErrorIs(t, taker.err, ports.ErrUnavailable, "it is no failure that leaves nothing")
		require.ErrorIs(t, refused.err, ports.ErrUnavailable, "what it stands on is not known either")
		store.set(nil, nil)
		for _, r := range []ledger.Request{keyed("k", adjust(-11, a)), adjust(1, a), dry(adjust(1, a)), adjust(1, b)} {
			require.ErrorIs(t, f.start(r).err, ports.ErrFailed, "only a new process can know")
		}
		require.ErrorIs(t, f.Note(context.Background(), givenUp("view-1-0")), ports.ErrFailed)
		_, err := store.CatchUp(context.Background()) // as the start of a new process
		require.NoError(t, err)
		again := f.ledgerOnStore(store)
		require.Equal(t, "again \"0\"", f.startOn(again, keyed("k", adjust(-11, a))).result())
		require.NoError(t, again.Close(context.Background()))
	})
}

func TestAnOutcomeIsFoundOutAfterAnotherProcessHasTakenTheLease(t *testing.T) {
	for written, want := range [][]string{{"6", "1"}, {"5", "6"}} {
		inSeveral(t, func(s *several) {
			var store *memory.Process
			one := s.process(func(p *memory.Process) ports.EventStore { store = p; return p })
			two := s.process(nil)
			store.LoseOutcome(memory.LostOutcome{Written: written, Failures: 12})
			first := s.start(one, keyed("k", adjust(5, a)))
			time.Sleep(leaseTime)
			second := s.start(two, adjust(1, a))
			require.Equal(t, want[1], second.result())
			require.False(t, first.finished())
			require.Equal(t, want[0], first.result())
			require.Len(t, s.commits(), 2)
		})
	}
}
