package command_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
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
