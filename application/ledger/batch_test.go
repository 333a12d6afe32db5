package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func TestNothingIsVisibleBeforeItIsDurable(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.must(adjust(10, a))
		f.store.setShut(true)
		first := f.start(adjust(-4, a))
		refused, tried := f.start(adjust(-7, a)), f.start(dry(adjust(-6, a)))
		require.Equal(t, int64(10), f.onHand(a), "no read")
		_, position, _ := f.Item(context.Background(), a)
		require.Equal(t, event.Position(1), position)
		require.False(t, first.finished() || refused.finished() || tried.finished(), "no answer, refusal or dry run")
		f.store.open()
		require.Equal(t, "6", first.result())
		<-refused.done
		require.True(t, insufficient(refused.err))
		require.Equal(t, "0", tried.result())
		require.Equal(t, int64(6), f.onHand(a))
	})
}

func TestADryRunLeavesNothingToTheNext(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.must(adjust(10, a))
		f.store.setShut(true)
		inFront := f.start(adjust(1, a))
		tried, taker := f.start(dry(adjust(-8, a))), f.start(adjust(-9, a)) // decided together
		f.store.open()
		require.Equal(t, "11", inFront.result())
		require.Equal(t, "3", tried.result())
		require.Equal(t, "2", taker.result(), "the eight were not taken")
	})
}

func TestARefusalThatStoodOnAFailedAppendIsDecidedAgain(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.must(adjust(10, a))
		f.store.setShut(true)
		inFront := f.start(adjust(1, a))
		taker, refused, tried := f.start(adjust(-11, a)), f.start(adjust(-5, a)), f.start(dry(adjust(-2, a)))
		f.store.let <- nil // the one in front; the three are decided together now
		require.Equal(t, "11", inFront.result())
		synctest.Wait()
		require.Len(t, f.store.arrived()[2], 1, "of the three, only the taker is accepted")
		f.store.let <- ports.ErrReadOnly
		<-taker.done
		require.ErrorIs(t, taker.err, ports.ErrReadOnly)
		synctest.Wait()
		require.False(t, refused.finished() || tried.finished())
		f.store.open()
		require.Equal(t, "6", refused.result(), "there was enough after all")
		require.Equal(t, "4", tried.result())
		require.Equal(t, int64(6), f.onHand(a))
	})
}

func TestACallerThatLeaves(t *testing.T) {
	t.Run("before the decision leaves nothing, and may come again", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			inFront, left := f.start(adjust(1, a)), f.start(keyed("k", adjust(5, a)))
			left.cancel()
			<-left.done
			require.ErrorIs(t, left.err, context.Canceled)
			f.store.open()
			<-inFront.done
			synctest.Wait()
			require.Equal(t, int64(1), f.onHand(a))
			require.Equal(t, "6", f.start(keyed("k", adjust(5, a))).result())
			require.Equal(t, "again \"6\"", f.start(keyed("k", adjust(5, a))).result())
			require.Equal(t, int64(6), f.onHand(a))
		})
	})
	t.Run("after the decision does not stop it, and its retry gets the outcome", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			left := f.start(keyed("k", adjust(5, a)))
			left.cancel()
			<-left.done
			require.ErrorIs(t, left.err, ports.ErrOutcomeUnknown)
			retry := f.start(keyed("k", adjust(5, a)))
			require.False(t, retry.finished())
			f.store.open()
			require.Equal(t, "again \"5\"", retry.result())
			require.Equal(t, int64(5), f.onHand(a))
		})
	})
	t.Run("does not stop the others of its batch", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			head := f.start(adjust(1, a))
			second, third := f.start(adjust(10, a)), f.start(adjust(100, a))
			head.cancel()
			second.cancel()
			<-second.done
			f.store.open()
			require.Equal(t, "101", third.result())
		})
	})
	t.Run("with a context that has ended is not let in", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, err := f.Execute(ctx, adjust(1, a))
			require.ErrorIs(t, err, context.Canceled)
			require.Empty(t, f.store.arrived())
		})
	})
}

func TestAPanicFailsItsOwnCommandOnly(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.store.setShut(true)
		inFront := f.start(adjust(1, a))
		var calls []*call
		for i := range 10 {
			r := adjust(1, a)
			if i == 4 {
				r.Decide = func(tx *ledger.Tx) (ledger.Result, error) {
					events, _ := tx.Item(a).Adjust(1000, stock.Note{}, tx.Now())
					tx.Record(a, events)
					panic("at the disco")
				}
			}
			calls = append(calls, f.start(r))
		}
		f.store.open()
		<-inFront.done
		for i, c := range calls {
			<-c.done
			if i == 4 {
				panicked, ok := errors.AsType[*ledger.PanicError](c.err)
				require.True(t, ok)
				require.Equal(t, "at the disco", panicked.Value)
				require.Contains(t, string(panicked.Stack), "batch_test.go")
				continue
			}
			require.NoError(t, c.err)
		}
		require.Len(t, f.store.arrived(), 2, "the ten were one batch")
		require.Equal(t, int64(10), f.onHand(a))
	})
}

func TestAnUndeclaredItemIsAProgrammingError(t *testing.T) {
	inBubble(t, func(f *fixture) {
		r := adjust(1, a)
		r.Decide = func(tx *ledger.Tx) (ledger.Result, error) { return nil, fmt.Errorf("unreachable %v", tx.Item(b)) }
		_, err := f.Execute(context.Background(), r)
		require.ErrorAs(t, err, new(*ledger.PanicError))
	})
}

func TestAHotItemIsDecidedTogether(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.store.setShut(true)
		calls := []*call{f.start(adjust(1, a))}
		for range 200 {
			calls = append(calls, f.start(adjust(1, a)))
		}
		f.store.open()
		for i, c := range calls {
			require.Equal(t, fmt.Sprint(i+1), c.result(), "each on the outcome of the one before, in order")
		}
		require.Len(t, f.store.arrived(), 2)
	})
}
