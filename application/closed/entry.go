package closed

import (
	"fmt"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// FromReservation returns the entry of a reservation.
func FromReservation(r *reservation.Reservation) ports.ClosedEntry {
	var t terms
	for _, l := range r.Lines {
		t.line(l.Key)
	}
	t.add(ports.OwnerTerm, r.Owner)
	t.add(ports.ReferenceTerm, r.Reference)
	return ports.ClosedEntry{
		Kind: ports.ReservationEntry, ID: r.ID, Version: r.Version, Status: string(r.Status()), Terms: t,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Data: r.AppendJSON(nil),
	}
}

// FromTransfer returns the entry of a transfer.
func FromTransfer(t *transfer.Transfer) ports.ClosedEntry {
	var found terms
	found.add(ports.FromTerm, t.From)
	found.add(ports.ToTerm, t.To)
	for _, l := range t.Lines {
		found.line(stock.Key{Store: t.From, SKU: l.SKU})
		found.line(stock.Key{Store: t.To, SKU: l.SKU})
	}
	found.add(ports.ReferenceTerm, t.Reference)
	return ports.ClosedEntry{
		Kind: ports.TransferEntry, ID: t.ID, Version: t.Version, Status: string(t.Status()), Terms: found,
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, Data: t.AppendJSON(nil),
	}
}

// ToReservation returns the reservation of an entry.
func ToReservation(e ports.ClosedEntry) (*reservation.Reservation, error) {
	return read(e, reservation.Read)
}

// ToTransfer returns the transfer of an entry.
func ToTransfer(e ports.ClosedEntry) (*transfer.Transfer, error) { return read(e, transfer.Read) }

func read[A any](e ports.ClosedEntry, from func([]byte) (*A, error)) (*A, error) {
	aggregate, err := from(e.Data)
	if err != nil {
		return nil, fmt.Errorf("entry %q of the index: %w", e.ID, err)
	}
	return aggregate, nil
}
