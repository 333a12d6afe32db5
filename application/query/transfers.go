package query

import (
	"context"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/transfer"
)

// GetTransfer asks for one transfer as it is now.
type GetTransfer struct {
	ID string
}

// Handle gives the transfer and the position that it reflects,
// transfer.ErrNotFound, ctx's error or the store's: one that is closed is read
// from the log.
func (q GetTransfer) Handle(ctx context.Context, l *ledger.Ledger) (transfer.Transfer, event.Position, error) {
	t, position, err := l.Transfer(ctx, q.ID)
	if err == nil && !t.Exists() {
		err = transfer.ErrNotFound
	}
	return t, position, err
}

// ListTransfers asks for transfers in the order of their ids, which is that of
// their creation.
type ListTransfers struct {
	Store  string          // from or to it; empty: any
	Status transfer.Status // empty: any
	Limit  int             // 1 to MaxLimit
	Cursor string
}

// TransferPage is one page of transfers.
type TransferPage struct {
	Transfers  []transfer.Transfer
	NextCursor string         // empty on the last page
	Position   event.Position // that the page reflects at least
}

// Handle gives one page, ErrMalformedCursor or what reading the log gives.
func (q ListTransfers) Handle(ctx context.Context, l *ledger.Ledger) (TransferPage, error) {
	cursor := cursorFor("transfers", q.Store, string(q.Status))
	behind, err := cursor.decode(q.Cursor)
	if err != nil {
		return TransferPage{}, err
	}
	page := TransferPage{Position: l.Position()}
	scope := inventory.Scope{
		Open: q.Status == "" || q.Status == transfer.InTransitStatus, Closed: q.Status != transfer.InTransitStatus,
	}
	err = l.WalkTransfers(ctx, behind, scope, func(t transfer.Transfer) bool {
		if !q.fits(t) {
			return true
		}
		if len(page.Transfers) == q.Limit {
			page.NextCursor = cursor.encode(page.Transfers[q.Limit-1].ID)
			return false
		}
		page.Transfers = append(page.Transfers, t)
		return true
	})
	return page, err
}

func (q ListTransfers) fits(t transfer.Transfer) bool {
	return t.Exists() && (q.Status == "" || t.Status() == q.Status) &&
		(q.Store == "" || t.From == q.Store || t.To == q.Store)
}
