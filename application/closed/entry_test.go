package closed_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

var (
	began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ended = began.Add(time.Hour)
)

func TestAReservationIsTheSameFromItsEntry(t *testing.T) {
	r := &reservation.Reservation{ID: "r", UpdatedAt: ended, State: reservation.State{
		Lines: []reservation.Line{
			{Key: stock.Key{Store: "S1", SKU: "a"}, Quantity: 3, Committed: 2, Released: 1, Returned: 1},
			{Key: stock.Key{Store: "S1", SKU: "b"}, Quantity: 1, Committed: 1},
		},
		ExpiresAt: ended.Add(time.Hour), Owner: "o", Reference: "ref", Version: 4, CreatedAt: began,
	}}
	e := closed.FromReservation(r)
	require.Equal(t, ports.ClosedEntry{
		Kind: ports.ReservationEntry, ID: "r", Version: 4, Status: "committed", CreatedAt: began, UpdatedAt: ended,
		Data: e.Data,
		Terms: []ports.SearchTerm{
			{Field: ports.StoreTerm, Value: "S1"},
			{Field: ports.SKUTerm, Value: "a"},
			{Field: ports.ItemTerm, Value: closed.ItemValue(stock.Key{Store: "S1", SKU: "a"})},
			{Field: ports.SKUTerm, Value: "b"},
			{Field: ports.ItemTerm, Value: closed.ItemValue(stock.Key{Store: "S1", SKU: "b"})},
			{Field: ports.OwnerTerm, Value: "o"},
			{Field: ports.ReferenceTerm, Value: "ref"},
		},
	}, e)
	back, err := closed.ToReservation(e)
	require.NoError(t, err)
	require.Equal(t, r, back)
	e.Data = []byte("{")
	_, err = closed.ToReservation(e)
	require.ErrorContains(t, err, `"r"`)
}

func TestATransferIsTheSameFromItsEntry(t *testing.T) {
	of := &transfer.Transfer{ID: "t", UpdatedAt: ended, State: transfer.State{
		From: "S1", To: "S2", Lines: []transfer.Line{{SKU: "a", Quantity: 3, Good: 2, Lost: 1}}, Version: 2, CreatedAt: began,
	}}
	e := closed.FromTransfer(of)
	require.Equal(t, ports.ClosedEntry{
		Kind: ports.TransferEntry, ID: "t", Version: 2, Status: "received", CreatedAt: began, UpdatedAt: ended, Data: e.Data,
		Terms: []ports.SearchTerm{
			{Field: ports.FromTerm, Value: "S1"},
			{Field: ports.ToTerm, Value: "S2"},
			{Field: ports.StoreTerm, Value: "S1"},
			{Field: ports.SKUTerm, Value: "a"},
			{Field: ports.ItemTerm, Value: closed.ItemValue(stock.Key{Store: "S1", SKU: "a"})},
			{Field: ports.StoreTerm, Value: "S2"},
			{Field: ports.ItemTerm, Value: closed.ItemValue(stock.Key{Store: "S2", SKU: "a"})},
		},
	}, e)
	back, err := closed.ToTransfer(e)
	require.NoError(t, err)
	require.Equal(t, of, back)
	e.Data = nil
	_, err = closed.ToTransfer(e)
	require.ErrorContains(t, err, `"t"`)
}
