package ledger

import (
	"context"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Walk visits a store's items whose SKUs lie after a SKU and begin with prefix,
// in the order of their SKUs, each as it is when its turn comes, until visit
// returns false or ctx ends. Items that are created meanwhile are visited if
// they lie ahead.
func (r *Reader) Walk(ctx context.Context, store, after, prefix string, visit func(stock.Item) bool) error {
	for written := range r.state.Items(store, after, prefix) {
		if err := ctx.Err(); err != nil {
			return err
		}
		item := *written
		if item.HoldCount() > 0 {
			var err error
			if item, _, err = r.Item(ctx, item.Key); err != nil {
				return err
			}
		}
		if !visit(item) {
			return nil
		}
	}
	return nil
}

// WalkReservations visits reservations in the order of their ids, those after
// one id, each as it is when its turn comes, until visit returns false or ctx
// ends. Closed ones are read from the log, one by one.
func (r *Reader) WalkReservations(
	ctx context.Context, after string, scope inventory.Scope, visit func(reservation.Reservation) bool,
) error {
	for id := range r.state.Reservations().Walk(after, scope) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if found, _, err := r.Reservation(ctx, id); err != nil || !visit(found) {
			return err
		}
	}
	return nil
}

// WalkTransfers does the same with transfers.
func (r *Reader) WalkTransfers(
	ctx context.Context, after string, scope inventory.Scope, visit func(transfer.Transfer) bool,
) error {
	for id := range r.state.Transfers().Walk(after, scope) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if found, _, err := r.Transfer(ctx, id); err != nil || !visit(found) {
			return err
		}
	}
	return nil
}
