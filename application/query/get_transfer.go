package query

import (
	"context"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/transfer"
)

// GetTransfer asks for one transfer as it is now.
type GetTransfer struct {
	ID string
}

// Handle gives the transfer and the position that it reflects,
// transfer.ErrNotFound, ctx's error, the index's or the store's, as
// GetReservation does.
func (q GetTransfer) Handle(ctx context.Context, l *ledger.Ledger) (transfer.Transfer, event.Position, error) {
	t, position, err := l.Transfer(ctx, q.ID)
	if err == nil && !t.Exists() {
		err = transfer.ErrNotFound
	}
	return t, position, err
}
