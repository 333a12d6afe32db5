package command_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
)

func TestAKeyIsForOneCommand(t *testing.T) {
	s, ctx := newService(t), context.Background()
	here, there := stock.Key{Store: "S1", SKU: "a"}, stock.Key{Store: "S2", SKU: "a"}
	under := func(key string) command.Call {
		call := s.call()
		call.IdempotencyKey = key
		return call
	}
	adjust := func(key stock.Key, delta int64) error {
		_, err := (&command.AdjustStock{Item: key, Delta: delta}).Handle(ctx, s.ledger, under("one"))
		return err
	}
	require.NoError(t, adjust(here, 5))
	require.NoError(t, adjust(here, 5), "a repetition")
	require.ErrorIs(t, adjust(here, 6), ledger.ErrKeyReused, "other content")
	require.ErrorIs(t, adjust(there, 5), ledger.ErrKeyReused, "another item")

	_, err := (&command.ReserveStock{
		ID: "r", Lines: []stock.Part{{Key: here, Quantity: 2}},
	}).Handle(ctx, s.ledger, s.call())
	require.NoError(t, err)
	_, err = (&command.CommitReservation{
		ID: "r", Lines: []stock.Part{{Key: here, Quantity: 1}},
	}).Handle(ctx, s.ledger, s.call())
	require.NoError(t, err)
	_, err = (&command.ReleaseReservation{ID: "r"}).Handle(ctx, s.ledger, under("two"))
	require.NoError(t, err)
	_, err = (&command.ReturnReservation{ID: "r"}).Handle(ctx, s.ledger, under("two"))
	require.ErrorIs(t, err, ledger.ErrKeyReused, "another command that looks the same")

	item, _, err := s.ledger.Item(ctx, here)
	require.NoError(t, err)
	require.EqualValues(t, 4, item.OnHand, "each was done once, and what was refused not at all")
	s.audited(t)
}
