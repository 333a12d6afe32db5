package command_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// TestThePastOfALargeReservationIsReadFromBriefEvents: given a reservation of ten lines with many
// small changes, when a client asks for any version, then it gets what the command had answered, and
// so does a ledger that folds the log.
func TestThePastOfALargeReservationIsReadFromBriefEvents(t *testing.T) {
	s := newService(t)
	var lines []stock.Part
	for i := range 10 {
		key := stock.Key{Store: "S1", SKU: fmt.Sprint("sku-", i)}
		must(t, s, &command.AdjustStock{Item: key, Delta: 100})
		lines = append(lines, stock.Part{Key: key, Quantity: 50})
	}
	answers := []reservation.Reservation{must(t, s, &command.ReserveStock{ID: "r", Lines: lines}).Reservation}
	minute := int64(60)
	for i := range 40 {
		one := []stock.Part{{Key: lines[i%10].Key, Quantity: 1}}
		for _, op := range []handler[command.ReservationResult]{
			&command.CommitReservation{ID: "r", Lines: one}, &command.ExtendReservation{ID: "r", TTLSeconds: &minute},
			&command.ReleaseReservation{ID: "r", Lines: one}, &command.ReturnReservation{ID: "r", Lines: one},
		} {
			answers = append(answers, must(t, s, op).Reservation)
		}
	}
	answers = append(answers, must(t, s, &command.ReleaseReservation{ID: "r"}).Reservation)
	for i, want := range answers {
		past := query.Past{Version: event.Version(i + 1)}
		got, _, err := query.PastReservation{ID: "r", Past: past}.Handle(context.Background(), s.ledger, s.store)
		require.NoError(t, err)
		require.Equal(t, want, got)
		at := query.Past{AsOf: want.UpdatedAt}
		_, _, err = query.PastReservation{ID: "r", Past: at}.Handle(context.Background(), s.ledger, s.store)
		require.NoError(t, err)
	}
	s.audited(t)
	again := s.open(t, s.store)
	last, _, err := again.Reservation(context.Background(), "r")
	require.NoError(t, err)
	require.Equal(t, answers[len(answers)-1], last)
}

// TestALargeTransferIsReadFromBriefEvents is the same with a transfer that arrives unit by unit.
func TestALargeTransferIsReadFromBriefEvents(t *testing.T) {
	s := newService(t)
	var lines []transfer.Unit
	for i := range 10 {
		key := stock.Key{Store: "S1", SKU: fmt.Sprint("sku-", i)}
		must(t, s, &command.AdjustStock{Item: key, Delta: 100})
		lines = append(lines, transfer.Unit{SKU: key.SKU, Quantity: 5})
	}
	sent := must(t, s, &command.ShipTransfer{From: "S1", To: "S2", Lines: lines}).Transfer
	var want transfer.Transfer
	for i := range 40 {
		want = must(t, s, &command.ReceiveTransfer{
			ID: sent.ID, Lines: []transfer.Arrival{{SKU: lines[i%10].SKU, Good: 1}},
		}).Transfer
	}
	require.True(t, want.Open())
	s.audited(t)
	again := s.open(t, s.store)
	got, _, err := again.Transfer(context.Background(), sent.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// TestAnAnswerOfManyLinesIsKeptAbridged: given commands with a key on a reservation and a transfer of ten lines,
// when they are repeated, also in another process, then the answers are the first ones, though the log has
// neither.
func TestAnAnswerOfManyLinesIsKeptAbridged(t *testing.T) {
	s := newService(t)
	var lines []stock.Part
	var units []transfer.Unit
	for i := range 10 {
		key := stock.Key{Store: "S1", SKU: fmt.Sprint("sku-", i)}
		must(t, s, &command.AdjustStock{Item: key, Delta: 200})
		lines = append(lines, stock.Part{Key: key, Quantity: 50})
		units = append(units, transfer.Unit{SKU: key.SKU, Quantity: 50})
	}
	must(t, s, &command.ReserveStock{ID: "r", Lines: lines})
	sent := must(t, s, &command.ShipTransfer{From: "S1", To: "S2", Lines: units}).Transfer
	minute := int64(60)
	var many command.Batch
	for i := range 40 {
		one := []stock.Part{{Key: lines[i%10].Key, Quantity: 1}}
		many.Operations = append(many.Operations,
			&command.ExtendReservation{ID: "r", TTLSeconds: &minute}, &command.CommitReservation{ID: "r", Lines: one},
			&command.ReceiveTransfer{ID: sent.ID, Lines: []transfer.Arrival{{SKU: units[i%10].SKU, Good: 1}}})
	}
	replace := &command.ReserveStock{ID: "q", Lines: lines}
	first, kept := keyed(t, s, s.ledger, "batch", &many), keyed(t, s, s.ledger, "reserve", replace)
	received := &command.ReceiveTransfer{ID: sent.ID, Lines: []transfer.Arrival{{SKU: units[0].SKU, Good: 1}}}
	arrived := keyed(t, s, s.ledger, "receive", received)
	must(t, s, &command.ReleaseReservation{ID: "r"})
	must(t, s, &command.ReleaseReservation{ID: "q"})

	log := s.log(t)
	require.Less(t, len(log[12].Result), 120*80, "about 80 bytes for each operation")
	require.Less(t, len(log[13].Result), 100)
	for _, l := range []*ledger.Ledger{s.ledger, s.open(t, s.store)} {
		require.Equal(t, first, keyed(t, s, l, "batch", &many))
		require.Equal(t, kept, keyed(t, s, l, "reserve", replace))
		require.Equal(t, arrived, keyed(t, s, l, "receive", received))
	}
	s.audited(t)
}

func keyed[R ledger.Result](t *testing.T, s *service, l *ledger.Ledger, key string, h handler[R]) R {
	t.Helper()
	call := s.call()
	call.IdempotencyKey = key
	require.NoError(t, h.Validate(command.Rules{}))
	outcome, err := h.Handle(context.Background(), l, call)
	require.NoError(t, err)
	return outcome.Result
}
