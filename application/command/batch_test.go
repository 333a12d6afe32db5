package command_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

var (
	s1a = stock.Key{Store: "S1", SKU: "a"}
	s1b = stock.Key{Store: "S1", SKU: "b"}
	s2a = stock.Key{Store: "S2", SKU: "a"}
)

// stocked is a service with something of everything: the cart "live" of ann holds
// 3 of 5 units of S1/a, "late" has expired, "gone" was released, "made" transfers
// are one that arrived and one that did not.
func stocked(t *testing.T) (s *service, arrived, pending string) {
	s = newService(t)
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 5})
	must(t, s, &command.AdjustStock{Item: s2a, Delta: 9})
	must(t, s, &command.MoveStock{Item: s2a, From: stock.SellableState, To: stock.DamagedState, Quantity: 2})
	must(t, s, &command.ReserveStock{ID: "live", Lines: []stock.Part{part(s1a, 3)}, Owner: "ann"})
	must(t, s, &command.ReserveStock{ID: "late", Lines: []stock.Part{part(s2a, 1)}, TTLSeconds: pointer[int64](1)})
	must(t, s, &command.ReserveStock{ID: "gone", Lines: []stock.Part{part(s2a, 1)}})
	must(t, s, &command.ReleaseReservation{ID: "gone"})
	ship := func() string {
		cmd := &command.ShipTransfer{From: "S2", To: "S3", Lines: []transfer.Unit{{SKU: "a", Quantity: 1}}}
		return must(t, s, cmd).ID
	}
	arrived, pending = ship(), ship()
	must(t, s, &command.ReceiveTransfer{ID: arrived})
	s.watch.set(noon.Add(time.Second))
	return s, arrived, pending
}

// refusedOperations are operations that a stocked service refuses, by the code of
// the refusal.
func refusedOperations(arrived, pending string) map[string]command.Operation {
	return map[string]command.Operation{
		"insufficient-stock":       &command.ReserveStock{Lines: []stock.Part{part(s1a, 3), part(s1b, 1), part(s2a, 1)}},
		"would-break-reservations": &command.AdjustStock{Item: s1a, Delta: -3, ExpectedVersion: pointer[event.Version](2)},
		"count-below-states":       &command.CountStock{Item: s2a, OnHand: pointer[int64](1), ExpectedVersion: pointer[event.Version](8)},
		"quantity":                 &command.AdjustStock{Item: s1a, Delta: stock.MaxQuantity, ExpectedVersion: pointer[event.Version](2)},
		"reservation-expired":      &command.ExtendReservation{ID: "late", TTLSeconds: pointer[int64](9)},
		"reservation-closed":       &command.ReleaseReservation{ID: "gone"},
		"not-owner":                &command.ReserveStock{ID: "live", Lines: []stock.Part{part(s1a, 1)}, Owner: "bob"},
		"exceeds-reserved":         &command.CommitReservation{ID: "live", Lines: []stock.Part{part(s1a, 4), part(s1b, 1)}},
		"reservation-not-found":    &command.ReturnReservation{ID: "nobody"},
		"transfer-closed":          &command.CancelTransfer{ID: arrived},
		"exceeds-pending":          &command.ReceiveTransfer{ID: pending, Lines: []transfer.Arrival{{SKU: "a", Good: 1, Lost: 1}}},
		"transfer-not-found":       &command.CancelTransfer{ID: "nowhere"},
		"version-conflict":         &command.AdjustStock{Item: s1a, Delta: 1, ExpectedVersion: pointer[event.Version](9)},
		"precondition-required":    &command.CountStock{Item: s1a, OnHand: pointer[int64](5)},
	}
}

func TestEveryRefusalOfABatchReadsBack(t *testing.T) {
	s, arrived, pending := stocked(t)
	refused := refusedOperations(arrived, pending)
	var codes []string
	for code, o := range refused {
		codes = append(codes, code)
		t.Run(code, func(t *testing.T) {
			batch := &command.Batch{Operations: []command.Operation{o, &command.SetPolicy{Item: s1b}}}
			require.NoError(t, batch.Validate(command.Rules{}))
			call := s.call()
			call.IdempotencyKey, call.Required = code, true
			first, err := batch.Handle(t.Context(), s.ledger, call)
			require.NoError(t, err)
			require.Equal(t, code, command.RefusalCode(first.Result.Results[0].Refusal))
			require.NoError(t, first.Result.Results[1].Refusal, "the other operation goes on")

			var stored command.BatchResult
			require.NoError(t, json.Unmarshal(first.Result.AppendJSON(nil), &stored))
			require.Equal(t, first.Result.Results[0], stored.Results[0])
			require.JSONEq(t, string(first.Result.AppendJSON(nil)), string(stored.AppendJSON(nil)))

			again, err := batch.Handle(t.Context(), s.ledger, call)
			require.NoError(t, err)
			require.True(t, again.Replayed)
			require.Equal(t, first.Position, again.Position)
			require.Equal(t, stored, again.Result, "a repetition is told the same")
		})
	}
	require.ElementsMatch(t, command.RefusalCodes(), codes, "a case for each refusal")
	s.audited(t)
}

func TestARefusalKeepsItsNumbers(t *testing.T) {
	s, arrived, pending := stocked(t)
	refused := refusedOperations(arrived, pending)
	batch := &command.Batch{Atomic: true}
	var want []command.OperationResult
	for i, c := range []struct {
		code string
		err  error
	}{
		{"insufficient-stock", &stock.InsufficientError{Lines: []stock.Shortage{
			{Key: s1a, Requested: 3, Available: 2, Shortfall: 1}, {Key: s1b, Requested: 1, Shortfall: 1},
		}}},
		{"would-break-reservations", &stock.WouldBreakReservationsError{Key: s1a, Sellable: 2, Reserved: 3}},
		{"count-below-states", &stock.CountBelowStatesError{Counted: 1, Damaged: 2}},
		{"reservation-expired", &reservation.ExpiredError{ExpiresAt: noon.Add(time.Second)}},
		{"reservation-closed", &reservation.ClosedError{Status: reservation.ReleasedStatus}},
		{"exceeds-reserved", &reservation.ExceedsError{Lines: []reservation.Excess{
			{Key: s1a, Requested: 4, Remaining: 3}, {Key: s1b, Requested: 1},
		}}},
		{"exceeds-pending", &transfer.ExceedsError{Lines: []transfer.Excess{{SKU: "a", Requested: 2, Pending: 1}}}},
		{"version-conflict", &command.VersionConflictError{Expected: 9, Actual: 2}},
	} {
		batch.Operations = append(batch.Operations, refused[c.code])
		want = append(want, command.OperationResult{Index: i, Refusal: c.err})
	}
	require.NoError(t, batch.Validate(command.Rules{}))
	_, err := batch.Handle(t.Context(), s.ledger, s.call())
	require.Equal(t, &command.BatchRefusedError{Results: want}, err)
	require.ErrorContains(t, err, "8 operations are refused")
}

func TestTheResultOfABatchReadsBack(t *testing.T) {
	s, _, pending := stocked(t)
	batch := &command.Batch{Operations: []command.Operation{
		&command.CountStock{Item: s1a, OnHand: pointer[int64](1)}, // leaves 2 of 3 promised units without stock
		&command.SetPolicy{Item: s2a, LowStockThreshold: command.Threshold{Given: true, Units: pointer[int64](3)}},
		&command.ReserveStock{ID: "mine", Lines: []stock.Part{part(s2a, 1)}, TTLSeconds: pointer[int64](7), Owner: `"ann"`, Reference: "é"},
		&command.ReserveStock{ID: "live", Lines: []stock.Part{part(s2a, 1)}, Owner: "ann"},
		&command.ReceiveTransfer{ID: pending, Lines: []transfer.Arrival{{SKU: "a", Damaged: 1}}},
	}}
	require.NoError(t, batch.Validate(command.Rules{}))
	call := s.call()
	call.IdempotencyKey = "key"
	first, err := batch.Handle(t.Context(), s.ledger, call)
	require.NoError(t, err)
	require.EqualValues(t, 2, first.Result.Results[0].Item.ReservationsAtRisk)
	require.True(t, first.Result.Results[2].Reservation.Created)
	require.False(t, first.Result.Results[3].Reservation.Created)
	again, err := batch.Handle(t.Context(), s.ledger, call)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	for i, want := range first.Result.Results {
		got := again.Result.Results[i]
		require.Equal(t, want.Reservation, got.Reservation)
		require.Equal(t, want.Transfer, got.Transfer)
		if want.Item != nil {
			require.True(t, want.Item.Equal(got.Item.Levels))
			require.Equal(t, want.Item.ReservationsAtRisk, got.Item.ReservationsAtRisk)
			require.Equal(t, want.Item.UpdatedAt, got.Item.UpdatedAt)
		}
	}
	require.Equal(t, string(first.Result.AppendJSON(nil)), string(again.Result.AppendJSON(nil)))
}

func TestAStrangeStoredResultIsNotRead(t *testing.T) {
	for _, text := range []string{
		`{"results":[{"index":0,"code":"unheard-of","refusal":{}}]}`,
		`{"results":[{"index":0,"code":"quantity","refusal":7}]}`,
		`{"results":[{"index":"0"}]}`,
	} {
		require.Error(t, json.Unmarshal([]byte(text), new(command.BatchResult)), text)
	}
}

func TestAnAtomicRefusalRecordsNothing(t *testing.T) {
	s, _, _ := stocked(t)
	position := s.store.Head().Position
	before := s.item(t, s1a)
	call := s.call()
	call.IdempotencyKey = "key"
	batch := &command.Batch{Atomic: true, Operations: []command.Operation{
		&command.AdjustStock{Item: s1a, Delta: 7},
		&command.ReserveStock{ID: "mine", Lines: []stock.Part{part(s1a, 9)}}, // fits what the first one would leave
		&command.ReserveStock{Lines: []stock.Part{part(s1a, 1)}},             // and this one does not
	}}
	require.NoError(t, batch.Validate(command.Rules{}))
	_, err := batch.Handle(t.Context(), s.ledger, call)
	short := &stock.InsufficientError{Lines: []stock.Shortage{{Key: s1a, Requested: 1, Shortfall: 1}}}
	require.Equal(t, &command.BatchRefusedError{Results: []command.OperationResult{{Index: 2, Refusal: short}}}, err)
	require.ErrorContains(t, err, "operation 2 is refused, so the batch changes nothing")
	require.Equal(t, position, s.store.Head().Position)
	require.Equal(t, before, s.item(t, s1a))
	r, _, err := s.ledger.Reservation(context.Background(), "mine")
	require.NoError(t, err)
	require.False(t, r.Exists())

	batch.Operations = batch.Operations[:2]
	outcome, err := batch.Handle(t.Context(), s.ledger, call)
	require.NoError(t, err, "the key is free for what is tried next")
	require.False(t, outcome.Replayed)
	require.Equal(t, position+1, outcome.Position, "a batch is one commit")
	s.audited(t)
}

func TestConditionsInABatchAreAboutTheRunningVersion(t *testing.T) {
	s := newService(t)
	at := func(v event.Version) command.Operation {
		return &command.AdjustStock{Item: s1a, Delta: 1, ExpectedVersion: &v}
	}
	batch := &command.Batch{Operations: []command.Operation{at(0), at(1), at(1), at(2)}}
	call := s.call()
	call.IfMatch = &command.Tags{Versions: []event.Version{99}} // a header is not about operations
	outcome, err := batch.Handle(t.Context(), s.ledger, call)
	require.NoError(t, err)
	require.Equal(t, &command.VersionConflictError{Expected: 1, Actual: 2}, outcome.Result.Results[2].Refusal)
	require.EqualValues(t, 3, s.item(t, s1a).Version)
}
