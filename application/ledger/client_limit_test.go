package ledger_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// openPerClient opens the fixture's ledger again, with a limit for each client.
func (f *fixture) openPerClient(limit int) {
	clock := ledger.NewClock(bubbleClock(), func(ports.Incident) {})
	f.Ledger = ledger.New(f.store, f.store, clock, func() string { return "id" }, ledger.Options{MaxOpenPerClient: limit})
	require.NoError(f, f.Open(context.Background()))
}

// names counts the names that commands made.
var names atomic.Int64

// by carries out a command of a client.
func by[R ledger.Result](
	f *fixture, client string,
	handle func(context.Context, *ledger.Ledger, command.Call) (command.Outcome[R], error),
) error {
	call := command.Call{Client: client, NewID: func() string { return fmt.Sprint("made-", names.Add(1)) }}
	_, err := handle(context.Background(), f.Ledger, call)
	return err
}

func TestAClientHasAShareOfWhatIsOpen(t *testing.T) {
	inBubble(t, func(f *fixture) {
		// given a client that has opened as much as it may
		f.openPerClient(2)
		f.must(adjust(20, a))
		ship := &command.ShipTransfer{From: "S1", To: "S2", Lines: []transfer.Unit{{SKU: "a", Quantity: 1}}}
		require.NoError(t, by(f, "one", reserve("r-1", 1, a).Handle))
		require.NoError(t, by(f, "one", ship.Handle))

		// when it opens more, then it is refused, alone or in a batch
		f.full(by(f, "one", reserve("r-2", 1, a).Handle), ports.ClientTable, 2)
		f.full(by(f, "one", ship.Handle), ports.ClientTable, 2)
		batch := &command.Batch{Operations: []command.Operation{reserve("r-2", 1, a)}}
		f.full(by(f, "one", batch.Handle), ports.ClientTable, 2)

		// and it may change what is open, and others may open more
		require.NoError(t, by(f, "one", reserve("r-1", 2, a).Handle))
		require.NoError(t, by(f, "two", reserve("r-3", 1, a).Handle))
		require.NoError(t, by(f, "", reserve("r-4", 1, a).Handle))
		require.Equal(t, []int{2, 1, 0}, f.openOf("one", "two", "three"))

		// and what any client closes, or a deadline, makes room
		require.NoError(t, by(f, "two", (&command.ReleaseReservation{ID: "r-1"}).Handle))
		require.NoError(t, by(f, "one", reserve("r-5", 1, a).Handle))
		f.full(by(f, "one", reserve("r-6", 1, a).Handle), ports.ClientTable, 2)
		time.Sleep(ttl * time.Second)
		require.NoError(t, f.Sweep(context.Background()))
		require.Equal(t, []int{1, 0, 0}, f.openOf("one", "two", ""), "the transfer has no deadline")
		require.NoError(t, by(f, "one", reserve("r-6", 1, a).Handle))
	})
}

func (f *fixture) openOf(clients ...string) (counts []int) {
	for _, client := range clients {
		counts = append(counts, f.Inventory().OpenOf(client))
	}
	return counts
}

func TestTheShareOfAClientHoldsForCommandsUnderWay(t *testing.T) {
	inBubble(t, func(f *fixture) {
		// given a command of a client that is being written
		f.openPerClient(1)
		f.must(adjust(9, a, b))
		reserveBy := func(id string, key stock.Key) *later[command.ReservationResult] {
			return begin(f, func(ctx context.Context, l *ledger.Ledger, call command.Call) (
				command.Outcome[command.ReservationResult], error,
			) {
				call.Client = "one"
				return reserve(id, 1, key).Handle(ctx, l, call)
			})
		}
		f.store.setShut(true)
		first := reserveBy("r-1", a)

		// when the client asks for more, then its share is used up
		f.full(reserveBy("r-2", b).err, ports.ClientTable, 1)

		// and if nothing was written, there is room again
		f.store.let <- ports.ErrUnavailable
		<-first.done
		require.ErrorIs(t, first.err, ports.ErrUnavailable)
		f.store.setShut(false)
		require.NoError(t, reserveBy("r-2", b).err)
		require.Equal(t, []int{1}, f.openOf("one"))
	})
}
