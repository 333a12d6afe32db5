package command_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// TestALowDiskTakesCompletionsOnly: given a disk that is nearly full, when commands come, then those are
// carried out that complete or end what exists, and all others are refused and change nothing.
func TestALowDiskTakesCompletionsOnly(t *testing.T) {
	s := newService(t)
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 9})
	must(t, s, &command.ReserveStock{ID: "r", Lines: []stock.Part{part(s1a, 3)}})
	ship := func() *command.ShipTransfer {
		return &command.ShipTransfer{From: "S1", To: "S2", Lines: []transfer.Unit{{SKU: "a", Quantity: 2}}}
	}
	sent, again := must(t, s, ship()).Transfer, must(t, s, ship()).Transfer
	keyed := s.call()
	keyed.IdempotencyKey = "k"
	first, err := (&command.AdjustStock{Item: s1a, Delta: 1}).Handle(context.Background(), s.ledger, keyed)
	require.NoError(t, err)
	low := s.call()
	low.OnlyCompletions = true
	position := s.store.Head().Position
	release := &command.ReleaseReservation{ID: "r", Lines: []stock.Part{part(s1a, 1)}}

	for name, handle := range map[string]func() error{
		"adjust":  func() error { return tried(s, low, &command.AdjustStock{Item: s1a, Delta: -1}) },
		"count":   func() error { return tried(s, low, &command.CountStock{Item: s1a, OnHand: pointer[int64](9)}) },
		"reserve": func() error { return tried(s, low, &command.ReserveStock{Lines: []stock.Part{part(s1a, 1)}}) },
		"policy":  func() error { return tried(s, low, &command.SetPolicy{Item: s1a, SafetyStock: pointer[int64](1)}) },
		"move": func() error {
			return tried(s, low, &command.MoveStock{Item: s1a, From: "sellable", To: "damaged", Quantity: 1})
		},
		"ship": func() error { return tried(s, low, ship()) },
		"a batch with one of them": func() error {
			return tried(s, low, &command.Batch{Operations: []command.Operation{
				release, &command.AdjustStock{Item: s1a, Delta: 1},
			}})
		},
	} {
		require.ErrorIs(t, handle(), command.ErrDiskReserve, name)
	}
	require.Equal(t, position, s.store.Head().Position)

	low.IdempotencyKey = "k"
	replayed, err := (&command.AdjustStock{Item: s1a, Delta: 1}).Handle(context.Background(), s.ledger, low)
	require.NoError(t, err, "a repetition gets its answer")
	require.Equal(t, first.Result.Levels, replayed.Result.Levels)
	low.IdempotencyKey = ""

	require.NoError(t, tried(s, low, &command.ExtendReservation{ID: "r", TTLSeconds: pointer[int64](60)}))
	require.NoError(t, tried(s, low, &command.Batch{Operations: []command.Operation{
		release, &command.CommitReservation{ID: "not an id"},
	}}), "an invalid completion is none that the others wait for")
	require.NoError(t, tried(s, low, &command.CommitReservation{ID: "r"}))
	require.NoError(t, tried(s, low, &command.ReturnReservation{ID: "r"}))
	require.NoError(t, tried(s, low, &command.ReceiveTransfer{ID: sent.ID}))
	require.NoError(t, tried(s, low, &command.CancelTransfer{ID: again.ID}))
	s.audited(t)
}

func tried[R ledger.Result](s *service, call command.Call, h handler[R]) error {
	if err := h.Validate(command.Rules{}); err != nil {
		return err
	}
	_, err := h.Handle(context.Background(), s.ledger, call)
	return err
}
