package query

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// ListTransfers asks for transfers; the order of their ids is that of their creation.
type ListTransfers struct {
	Store     string // from or to it; empty: any
	From      string // empty: any
	To        string // empty: any
	SKU       string // with a line of it; empty: any
	Statuses  []transfer.Status
	Reference string // empty: any
	Listing
}

// TransferPage is one page of transfers.
type TransferPage struct {
	Transfers  []transfer.Transfer
	NextCursor string         // empty on the last page
	Position   event.Position // that the page reflects at least
}

// Handle does with transfers what ListReservations does with reservations.
func (q ListTransfers) Handle(ctx context.Context, l *ledger.Ledger) (TransferPage, error) {
	q.Listing = q.normal()
	statuses := normalStatuses(q.Statuses)
	cursor := q.cursor("transfers", q.Store, q.From, q.To, q.SKU, strings.Join(statuses, ","), q.Reference)
	after, err := cursor.place(q.Cursor)
	if err != nil {
		return TransferPage{}, err
	}
	page := TransferPage{Position: l.Position()}
	list := listOf[transfer.Transfer]{
		Listing: q.Listing, budget: pageBudget, memoryTurns: memoryTurns, indexTurns: indexTurns, log: l.Position(),
		from: l.Inventory().Transfers(), now: l.Now(),
		statuses: statuses, terms: q.terms(), open: string(transfer.InTransitStatus),
		overdue: func(*transfer.Transfer, time.Time) bool { return false },
		view: func(t *transfer.Transfer) view {
			return view{t.ID, string(t.Status()), t.CreatedAt, t.UpdatedAt}
		},
		matches: q.matches,
		find:    l.FindTransfer,
	}
	found, end, err := list.page(ctx, after)
	if err != nil {
		return TransferPage{}, err
	}
	for _, f := range found {
		page.Transfers = append(page.Transfers, *f.entry)
	}
	page.NextCursor = cursor.next(end)
	return page, nil
}

// terms returns by what the index finds the transfers.
func (q *ListTransfers) terms() []ports.SearchTerm {
	return terms(
		ports.SearchTerm{Field: ports.StoreTerm, Value: q.Store}, ports.SearchTerm{Field: ports.FromTerm, Value: q.From},
		ports.SearchTerm{Field: ports.ToTerm, Value: q.To}, ports.SearchTerm{Field: ports.SKUTerm, Value: q.SKU},
		ports.SearchTerm{Field: ports.ReferenceTerm, Value: q.Reference},
	)
}

func (q *ListTransfers) matches(t *transfer.Transfer) bool {
	return (q.Store == "" || t.From == q.Store || t.To == q.Store) &&
		(q.From == "" || t.From == q.From) && (q.To == "" || t.To == q.To) &&
		(q.Reference == "" || t.Reference == q.Reference) &&
		(q.SKU == "" || slices.ContainsFunc(t.Lines, func(l transfer.Line) bool { return l.SKU == q.SKU }))
}
