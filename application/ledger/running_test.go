package ledger_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

func TestAnIdempotencyKey(t *testing.T) {
	t.Run("raced 24 times has one effect", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			var racers sync.WaitGroup
			outcomes := make([]ledger.Outcome, 24)
			for i := range outcomes {
				racers.Go(func() { outcomes[i] = f.must(keyed("k", adjust(5, a))) })
			}
			racers.Wait()
			first := 0
			for _, o := range outcomes {
				require.EqualValues(t, 1, o.Position)
				if !o.Replayed {
					first++
				}
			}
			require.Equal(t, 1, first)
			require.Equal(t, int64(5), f.onHand(a))
		})
	})
	t.Run("of a refusal is free: a retry is decided again", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			refused := f.start(keyed("k", adjust(-5, a)))
			<-refused.done
			require.True(t, insufficient(refused.err))
			f.must(adjust(5, a))
			require.Equal(t, "0", f.start(keyed("k", adjust(-5, a))).result())
		})
	})
	t.Run("belongs to its content", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(keyed("k", adjust(5, a)))
			require.ErrorIs(t, f.start(keyed("k", adjust(6, a))).err, ledger.ErrKeyReused)
			require.ErrorIs(t, f.start(keyed("k", adjust(5, b))).err, ledger.ErrKeyReused)
		})
	})
	t.Run("in flight on another item is told so", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			first := f.start(keyed("k", adjust(5, a)))
			require.ErrorIs(t, f.start(keyed("k", adjust(5, b))).err, ledger.ErrKeyInFlight)
			f.store.open()
			require.Equal(t, "5", first.result())
			require.Zero(t, f.onHand(b))
		})
	})
	t.Run("whose append failed is free again", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			first := f.start(keyed("k", adjust(5, a)))
			f.store.let <- ports.ErrReadOnly
			<-first.done
			f.store.setShut(false)
			require.Equal(t, "5", f.start(keyed("k", adjust(5, a))).result())
		})
	})
	t.Run("is ignored by a dry run", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			require.Equal(t, "5", f.start(keyed("k", dry(adjust(5, a)))).result())
			require.Zero(t, f.onHand(a))
			require.Equal(t, "5", f.start(keyed("k", adjust(5, a))).result())
			require.Equal(t, "11", f.start(keyed("k", dry(adjust(6, a)))).result())
		})
	})
	t.Run("survives a restart", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(keyed("k", adjust(5, a)))
			again := f.ledgerOn(f.store)
			require.Equal(t, "again \"5\"", f.startOn(again, keyed("k", adjust(5, a))).result())
			require.NoError(t, again.Close(context.Background()))
		})
	})
	t.Run("written by another ledger meanwhile is replayed", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			other := f.ledgerOn(f.store)
			f.store.setShut(true)
			mine := f.start(keyed("k", adjust(5, a)))
			theirs := f.startOn(other, keyed("k", adjust(5, a)))
			synctest.Wait()
			f.store.open()
			f.store.let <- nil
			results := []string{mine.result(), theirs.result()}
			require.ElementsMatch(t, []string{"5", "again \"5\""}, results)
			require.NoError(t, other.Close(context.Background()))
		})
	})
}
