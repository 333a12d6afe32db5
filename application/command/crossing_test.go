package command_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

// atOnce runs n of the same, and counts those that succeed; the others must be
// refused for lack of stock.
func atOnce(t *testing.T, n int, run func(i int) error) int64 {
	var succeeded atomic.Int64
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			err := run(i)
			if err == nil {
				succeeded.Add(1)
				return
			}
			_, short := errors.AsType[*stock.InsufficientError](err)
			assert.True(t, short, "%v", err)
		})
	}
	close(start)
	all.Wait()
	return succeeded.Load()
}

func TestCrossingCartsNeitherBlockNorOversell(t *testing.T) {
	s := newService(t)
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 30})
	must(t, s, &command.AdjustStock{Item: s2a, Delta: 30})
	orders := [][]stock.Part{{part(s1a, 1), part(s2a, 1)}, {part(s2a, 1), part(s1a, 1)}}
	require.EqualValues(t, 30, atOnce(t, 100, func(i int) error {
		cmd := &command.ReserveStock{Lines: append([]stock.Part(nil), orders[i%2]...), TTLSeconds: pointer[int64](60)}
		_, err := cmd.Handle(context.Background(), s.ledger, s.call())
		return err
	}))
	for _, key := range []stock.Key{s1a, s2a} {
		require.EqualValues(t, 30, s.item(t, key).Reserved)
	}
	require.Equal(t, 30, s.ledger.Inventory().Reservations().Count())
	s.audited(t)
}

func TestCartsThatAreReplacedCrosswiseKeepTheirUnits(t *testing.T) {
	s := newService(t)
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 3})
	must(t, s, &command.AdjustStock{Item: s2a, Delta: 3})
	names := []string{"one", "two", "three", "four"}
	atOnce(t, 200, func(i int) error {
		lines := []stock.Part{part(s2a, int64(1+i%2))}
		if i%3 > 0 {
			lines = append(lines, part(s1a, int64(i%3)))
		}
		cmd := &command.ReserveStock{ID: names[i%len(names)], Lines: lines}
		_, err := cmd.Handle(context.Background(), s.ledger, s.call())
		return err
	})
	for _, key := range []stock.Key{s1a, s2a} {
		item := s.item(t, key)
		require.LessOrEqual(t, item.Reserved, item.OnHand)
		require.Equal(t, item.HeldUnits(), item.Reserved)
	}
	s.audited(t)
}

func TestManyBuyersGetWhatThereIs(t *testing.T) {
	s := newService(t)
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 50})
	require.EqualValues(t, 50, atOnce(t, 200, func(int) error {
		reserve := &command.ReserveStock{Lines: []stock.Part{part(s1a, 1)}}
		held, err := reserve.Handle(context.Background(), s.ledger, s.call())
		if err != nil {
			return err
		}
		taken := &command.CommitReservation{ID: held.Result.Reservation.ID}
		_, err = taken.Handle(context.Background(), s.ledger, s.call())
		return err
	}))
	item := s.item(t, s1a)
	require.Zero(t, item.OnHand)
	require.Zero(t, item.Reserved)
	require.Zero(t, s.ledger.Inventory().Reservations().Count())
	s.audited(t)
}
