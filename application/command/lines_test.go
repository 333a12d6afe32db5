package command_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

func TestLinesOnOneItemAreJudgedByTheirSum(t *testing.T) {
	s, ctx := newService(t), context.Background()
	key := stock.Key{Store: "S1", SKU: "a"}
	_, err := (&command.AdjustStock{Item: key, Delta: 10}).Handle(ctx, s.ledger, s.call())
	require.NoError(t, err)
	twice := func(units int64) []stock.Part {
		return []stock.Part{{Key: key, Quantity: units}, {Key: key, Quantity: units}}
	}
	reserve := &command.ReserveStock{ID: "r", Lines: twice(6)}
	require.NoError(t, reserve.Validate(command.Rules{}))
	_, err = reserve.Handle(ctx, s.ledger, s.call())
	short := &stock.InsufficientError{}
	require.ErrorAs(t, err, &short)
	require.Equal(t, []stock.Shortage{{Key: key, Requested: 12, Available: 10, Shortfall: 2}}, short.Lines)

	reserve = &command.ReserveStock{ID: "r", Lines: twice(5)}
	require.NoError(t, reserve.Validate(command.Rules{}))
	_, err = reserve.Handle(ctx, s.ledger, s.call())
	require.NoError(t, err)
	commit := &command.CommitReservation{ID: "r", Lines: twice(6)}
	require.NoError(t, commit.Validate(command.Rules{}))
	_, err = commit.Handle(ctx, s.ledger, s.call())
	require.ErrorAs(t, err, new(*reservation.ExceedsError))
	s.audited(t)
}

func TestNoLinesMeanAllAndAnEmptyListIsAMistake(t *testing.T) {
	for name, cmd := range map[string]func(lines []stock.Part) command.Operation{
		"commit":  func(l []stock.Part) command.Operation { return &command.CommitReservation{ID: "r", Lines: l} },
		"release": func(l []stock.Part) command.Operation { return &command.ReleaseReservation{ID: "r", Lines: l} },
		"return":  func(l []stock.Part) command.Operation { return &command.ReturnReservation{ID: "r", Lines: l} },
	} {
		require.NoError(t, cmd(nil).Validate(command.Rules{}), name)
		require.ErrorContains(t, cmd([]stock.Part{}).Validate(command.Rules{}), "must not be empty", name)
	}
	require.NoError(t, (&command.ReceiveTransfer{ID: "t"}).Validate(command.Rules{}))
	require.ErrorContains(t, (&command.ReceiveTransfer{ID: "t", Lines: []transfer.Arrival{}}).Validate(command.Rules{}),
		"must not be empty")
}

func TestADefaultSpelledOutIsTheSameCommand(t *testing.T) {
	silent, spelled := &command.CommitReservation{ID: "r"}, &command.CommitReservation{
		ID: "r", Remainder: reservation.KeepRemainder,
	}
	require.NoError(t, silent.Validate(command.Rules{}))
	require.NoError(t, spelled.Validate(command.Rules{}))
	require.Equal(t, spelled, silent, "so is its fingerprint")
}
