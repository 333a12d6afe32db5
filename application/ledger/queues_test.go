package ledger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func TestQueues(t *testing.T) {
	t.Run("different items do not wait for each other", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			first := f.start(adjust(1, a))
			f.store.setShut(false)
			f.must(adjust(1, b))
			require.False(t, first.finished())
			f.store.open()
			<-first.done
		})
	})
	t.Run("two crossing commands on several items both go through", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			first, second := f.start(adjust(1, a, b)), f.start(adjust(10, b, a))
			require.Len(t, f.store.arrived(), 1)
			f.store.open()
			require.Equal(t, "1", first.result())
			require.Equal(t, "11", second.result())
		})
	})
	t.Run("no command is overtaken", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			first := f.start(adjust(1, a))
			both := f.start(adjust(10, b, a)) // waits for a, so b must wait for it
			onB, onA := f.start(adjust(100, b)), f.start(adjust(1000, a))
			require.False(t, onB.finished())
			require.Equal(t, 4, f.Waiting())
			f.store.open()
			require.Equal(t, []string{"1", "10", "110", "1011"},
				[]string{first.result(), both.result(), onB.result(), onA.result()})
			synctest.Wait()
			require.Zero(t, f.Waiting())
		})
	})
	t.Run("a command names an item twice and takes it once", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			r := adjust(1, a)
			r.Keys.Items = []stock.Key{a, b, a}
			f.must(r)
			require.Equal(t, int64(1), f.onHand(a))
		})
	})
	t.Run("too many waiting are refused", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			clock := ledger.NewClock(bubbleClock(), func(ports.Incident) {})
			small := ledger.New(f.store, f.store, clock, func() string { return "id" }, ledger.Options{MaxWaiting: 2})
			f.store.setShut(true)
			first, second := f.startOn(small, adjust(1, a)), f.startOn(small, adjust(1, a))
			require.ErrorIs(t, f.startOn(small, adjust(1, b)).err, ledger.ErrOverloaded)
			f.store.open()
			<-first.done
			<-second.done
			require.NoError(t, small.Close(context.Background()))
		})
	})
}

func TestTwoLedgersOnOneLogAgree(t *testing.T) {
	inBubble(t, func(f *fixture) {
		other := f.ledgerOn(f.store)
		var writers sync.WaitGroup
		const each = 20
		for i := range 2 * each {
			l := []*ledger.Ledger{f.Ledger, other}[i%2]
			writers.Go(func() {
				for {
					_, err := l.Execute(context.Background(), adjust(1, a))
					if err == nil {
						return
					}
					// After a few lost races in a row the caller is told.
					require.ErrorAs(t, err, new(*ports.ConflictError))
				}
			})
		}
		writers.Wait()
		third := f.ledgerOn(f.store)
		item, _, _ := third.Item(context.Background(), a)
		require.Equal(t, int64(2*each), item.OnHand)
		require.NoError(t, third.Close(context.Background()))
		require.NoError(t, other.Close(context.Background()))
	})
}

func TestClosing(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.store.setShut(true)
		first := f.start(adjust(1, a))
		soon, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, f.Close(soon), context.DeadlineExceeded, "a command is still at work")
		require.ErrorIs(t, f.start(adjust(1, b)).err, ledger.ErrClosed)
		f.store.open()
		require.Equal(t, "1", first.result())
	})
}

// TestCrossingCommandsUnderLoad moves units around between items with commands
// on two or three of them in random order, while others read: units are
// conserved in every order of events, and every command gets through.
func TestCrossingCommandsUnderLoad(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("ONHAND_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("ONHAND_SEED=%d", seed)
	store := memory.NewEventStore(time.Minute, time.Now)
	start := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(start) },
		func(ports.Incident) {})
	l := ledger.New(store, store, clock, func() string { return "id" }, ledger.Options{})
	var keys []stock.Key
	for i := range 5 {
		keys = append(keys, stock.Key{Store: "S", SKU: fmt.Sprint(i)})
		_, err := l.Execute(t.Context(), adjust(1000, keys[i]))
		require.NoError(t, err)
	}
	var movers sync.WaitGroup
	for worker := range uint64(16) {
		movers.Go(func() {
			rng := rand.New(rand.NewPCG(seed, worker))
			for range 200 {
				move(t, l, rng, keys)
			}
		})
	}
	movers.Wait()
	total := int64(0)
	for _, key := range keys {
		item, _, _ := l.Item(context.Background(), key)
		require.NoError(t, item.Check())
		total += item.OnHand
	}
	require.Equal(t, int64(5000), total)
	require.NoError(t, l.Close(t.Context()))
}

// move takes units from one item and gives them to others, in one command.
func move(t *testing.T, l *ledger.Ledger, rng *rand.Rand, keys []stock.Key) {
	order := rng.Perm(len(keys))[:2+rng.IntN(2)]
	units := int64(1 + rng.IntN(300))
	r := ledger.Request{Decide: func(tx *ledger.Tx) (ledger.Result, error) {
		from := keys[order[0]]
		taken, err := tx.Item(from).Adjust(-units*int64(len(order)-1), stock.Note{}, tx.Now())
		if err != nil {
			return nil, err
		}
		tx.Record(from, taken)
		for _, i := range order[1:] {
			given, err := tx.Item(keys[i]).Adjust(units, stock.Note{}, tx.Now())
			if err != nil {
				return nil, err
			}
			tx.Record(keys[i], given)
		}
		return text("moved"), nil
	}}
	for _, i := range order {
		r.Keys.Items = append(r.Keys.Items, keys[i])
	}
	if _, err := l.Execute(context.Background(), r); err != nil && !insufficient(err) {
		t.Errorf("move: %v", err)
	}
}
