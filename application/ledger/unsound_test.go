package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

var errTooLate = errors.New("the deadline has come")

// until is a request that relies on a deadline and is refused from then on.
func until(deadline time.Time, r ledger.Request) ledger.Request {
	decide := r.Decide
	r.Decide = func(tx *ledger.Tx) (ledger.Result, error) {
		if !tx.Now().Before(deadline) {
			return nil, errTooLate
		}
		tx.Until(deadline)
		return decide(tx)
	}
	return r
}

func TestWhatRestsOnACommandThatIsNeverWrittenIsDecidedAgain(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.must(adjust(10, a))
		f.store.setShut(true)
		filler := f.start(adjust(1, a))
		deadline := time.Now().Add(time.Second)
		takesAll := f.start(until(deadline, adjust(-11, a)))
		looks := f.start(keyed("k", ledger.Request{
			Keys: ledger.Keys{Items: []stock.Key{a, b}},
			Decide: func(tx *ledger.Tx) (ledger.Result, error) {
				events, err := tx.Item(b).Adjust(1, stock.Note{}, tx.Now())
				if err != nil {
					return nil, err
				}
				tx.Record(b, events)
				return text(fmt.Sprint("saw ", tx.Item(a).OnHand)), nil
			},
		}))
		f.store.let <- nil
		require.Equal(t, "11", filler.result())
		synctest.Wait() // the others are decided together and wait to be written
		time.Sleep(2 * time.Second)
		f.store.open()
		require.Equal(t, errTooLate.Error(), takesAll.result())
		require.Equal(t, "saw 11", looks.result(), "it changed nothing that the other one changed, so no version tells")
		require.Equal(t, int64(11), f.onHand(a))
		f.sound()
	})
}

func TestWhatACommandRecordsNothingOnIsNotShownByIt(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.must(adjust(10, a))
		f.store.setShut(true)
		filler := f.start(adjust(1, a))
		takesAll := f.start(until(time.Now().Add(time.Second), adjust(-11, a)))
		records := f.start(ledger.Request{
			Keys: ledger.Keys{Items: []stock.Key{a, b}},
			Decide: func(tx *ledger.Tx) (ledger.Result, error) {
				tx.Record(a, nil)
				events, err := tx.Item(b).Adjust(1, stock.Note{}, tx.Now())
				tx.Record(b, events)
				return text("recorded"), err
			},
		})
		f.store.let <- nil
		require.Equal(t, "11", filler.result())
		synctest.Wait()
		time.Sleep(2 * time.Second)
		f.store.open()
		require.Equal(t, errTooLate.Error(), takesAll.result())
		require.Equal(t, "recorded", records.result())
		require.Equal(t, int64(11), f.onHand(a), "what was refused is not shown with what was written")
		f.sound()
	})
}

func TestAFailureToWriteACrowdIsTheOneCommandsThatMetIt(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.must(adjust(5, a))
		f.crowd(1500, b)
		f.store.setShut(true)
		filler := f.start(adjust(1, a))
		late := f.start(until(time.Now().Add(time.Second), adjust(1, a)))
		meets := f.start(adjust(1, a, b))
		f.store.let <- nil
		require.Equal(t, "6", filler.result())
		synctest.Wait()
		time.Sleep(2 * time.Second)
		f.store.let <- nil // too late for the one; the other one's crowd comes next
		f.store.let <- ports.ErrUnavailable
		f.store.setShut(false)
		require.Equal(t, errTooLate.Error(), late.result())
		<-meets.done
		require.ErrorIs(t, meets.err, ports.ErrUnavailable)
		f.sound()
	})
}

func TestTheLimitOfOpenReservationsHoldsForThoseUnderWay(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.Ledger = ledger.New(f.store, f.store, ledger.NewClock(bubbleClock(), func(ports.Incident) {}),
			func() string { return "id" }, ledger.Options{MaxOpen: 5})
		keys := []stock.Key{a, b}
		f.must(adjust(100, keys...))
		var mu sync.Mutex
		held := 0
		var racers sync.WaitGroup
		for n := range 40 {
			racers.Go(func() {
				_, err := reserve(fmt.Sprint("r-", n), 1, keys[n%2]).Handle(context.Background(), f.Ledger, f.call())
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					held++
				} else if _, ok := errors.AsType[*ports.LimitError](err); !ok {
					t.Error(err)
				}
			})
		}
		racers.Wait()
		require.Equal(t, 5, held)
		require.Equal(t, 5, f.Inventory().Reservations().Count())
	})
}
