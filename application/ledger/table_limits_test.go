package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// limitedTo opens the fixture's ledger again, with limits.
func (f *fixture) limitedTo(live, open int) {
	clock := ledger.NewClock(bubbleClock(), func(ports.Incident) {})
	f.Ledger = ledger.New(f.store, f.store, clock, func() string { return "id" },
		ledger.Options{MaxLive: live, MaxOpen: open})
}

func (f *fixture) full(err error, table string, limit int) {
	f.Helper()
	full, ok := errors.AsType[*ports.LimitError](err)
	require.True(f, ok, "%v", err)
	require.Equal(f, ports.LimitError{Table: table, Limit: limit}, *full)
}

func TestWhatIsLiveIsLimited(t *testing.T) {
	inBubble(t, func(f *fixture) {
		// given as many items and reservations as may be
		f.limitedTo(4, 100)
		f.must(adjust(10, a, b))
		f.held("r-1", 1, a)
		f.held("r-2", 1, a)
		require.Equal(t, 4, f.Inventory().LiveCount())

		// when a command would add one, then it is refused
		for _, r := range []ledger.Request{adjust(1, c), adjust(1, a, c), dry(adjust(1, c))} {
			_, err := f.Execute(context.Background(), r)
			f.full(err, ports.LiveTable, 4)
		}
		f.full(begin(f, reserve("r-3", 1, a).Handle).err, ports.LiveTable, 4)
		ship := &command.ShipTransfer{From: "S1", To: "S2", Lines: []transfer.Unit{{SKU: "a", Quantity: 1}}}
		f.full(begin(f, ship.Handle).err, ports.LiveTable, 4)

		// and commands on what exists pass
		f.must(adjust(1, a, b))
		f.held("r-1", 2, a, b)
		for _, id := range []string{"r-1", "r-2"} {
			require.NoError(t, begin(f, (&command.CommitReservation{ID: id}).Handle).err)
		}
		back := &command.ReturnReservation{ID: "r-1", Lines: []stock.Part{{Key: a, Quantity: 1}}}
		require.NoError(t, begin(f, back.Handle).err)

		// and closed ones count until the query index has them, which this ledger has not
		require.Equal(t, []ports.Table{
			{Name: ports.LiveTable, Entries: 4, Limit: 4}, {Name: ports.OpenTable, Entries: 0, Limit: 100},
		}, f.Tables())
		f.full(begin(f, reserve("r-3", 1, a).Handle).err, ports.LiveTable, 4)
	})
}

func TestAChangeOfWhatTheSameBatchCreatesAddsNothing(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.limitedTo(2, 1)
		f.must(adjust(10, a))
		f.store.setShut(true)
		filler := f.start(adjust(1, a))
		creates := begin(f, reserve("r-1", 1, a).Handle)
		replaces := begin(f, reserve("r-1", 2, a).Handle)
		f.store.open()
		require.Equal(t, "11", filler.result())
		for _, l := range []*later[command.ReservationResult]{creates, replaces} {
			<-l.done
			require.NoError(t, l.err)
		}
		require.Equal(t, int64(2), f.item(a).Reserved)
		f.sound()
	})
}

func TestTheLimitOfWhatIsLiveHoldsForThoseUnderWay(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.limitedTo(5, 100)
		var mu sync.Mutex
		var racers sync.WaitGroup
		created := 0
		for n := range 40 {
			racers.Go(func() {
				_, err := f.Execute(context.Background(), adjust(1, stock.Key{Store: "S1", SKU: fmt.Sprint(n)}))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					created++
				} else if _, ok := errors.AsType[*ports.LimitError](err); !ok {
					t.Error(err)
				}
			})
		}
		racers.Wait()
		require.LessOrEqual(t, created, 5)
		require.Equal(t, created, f.Inventory().LiveCount())
		for n := created; n < 5; n++ { // a publication may have counted twice for a moment
			f.must(adjust(1, stock.Key{Store: "S2", SKU: fmt.Sprint(n)}))
		}
		_, err := f.Execute(context.Background(), adjust(1, a))
		f.full(err, ports.LiveTable, 5)
	})
}

func TestACommitThatIsNotWrittenGivesItsRoomBack(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.limitedTo(1, 1)
		f.store.setShut(true)
		fails := f.start(adjust(1, a))
		other := f.start(adjust(1, b))
		require.Contains(t, other.result(), "the limit of 1 live streams is reached")
		f.store.let <- ports.ErrUnavailable
		<-fails.done
		require.ErrorIs(t, fails.err, ports.ErrUnavailable)
		f.store.setShut(false)
		f.must(adjust(1, b))
		synctest.Wait()
		require.Equal(t, 1, f.Inventory().LiveCount())
	})
}
