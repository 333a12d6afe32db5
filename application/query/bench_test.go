package query

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// BenchmarkPageAmongOpenReservations reads a page that nothing fits, so that it examines as many
// entries as a page may, among 100,000 open reservations.
func BenchmarkPageAmongOpenReservations(b *testing.B) {
	const open = 100_000
	c := newCounter(b)
	for n := range open {
		c.write(reservation.Reservation{ID: fmt.Sprintf("r-%07d", n*7919%open), State: reservation.State{
			Lines:     []reservation.Line{{Key: stock.Key{Store: "S1", SKU: "A"}, Quantity: 1, Remaining: 1}},
			CreatedAt: second(n), ExpiresAt: second(1 + n*31%open),
		}, UpdatedAt: second(n * 17 % open)})
	}
	for _, overdue := range []int{0, open / 2} {
		c.seconds = overdue
		for _, sort := range []ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated} {
			b.Run(fmt.Sprintf("%d overdue/%s", overdue, sort), func(b *testing.B) {
				q := ListReservations{Owner: "ann", Listing: Listing{Sort: sort, Limit: MaxLimit}}
				for b.Loop() {
					page, err := q.Handle(context.Background(), c.ledger)
					require.NoError(b, err)
					require.NotEmpty(b, page.NextCursor)
				}
			})
		}
	}
}

// BenchmarkPageOfClosedReservations reads pages of closed reservations from an index on disk.
func BenchmarkPageOfClosedReservations(b *testing.B) {
	const many = 100_000
	index, err := queryindex.Open(b.TempDir())
	require.NoError(b, err)
	defer func() { _ = index.Close() }()
	c := newCounterWith(b, index)
	for n := range many {
		c.write(reservation.Reservation{ID: fmt.Sprintf("0190a3c0-968c-79da-8e45-%012d", n), State: reservation.State{
			Lines: []reservation.Line{
				{Key: stock.Key{Store: fmt.Sprint("store-", n%10), SKU: fmt.Sprint("sku-", n%100)}, Quantity: 1, Committed: 1},
				{Key: stock.Key{Store: fmt.Sprint("store-", n%10), SKU: fmt.Sprint("sku-", n%77)}, Quantity: 1, Committed: 1},
			},
			Owner: fmt.Sprint("customer-", n%50), Reference: fmt.Sprint("order-", n), CreatedAt: second(n), ExpiresAt: second(n + 60),
		}, UpdatedAt: second(n + 30)})
		if n%10_000 == 9_999 {
			c.store()
		}
	}
	for name, q := range map[string]ListReservations{
		"all":                 {},
		"of a SKU":            {SKU: "sku-7"},
		"of an owner, newest": {Owner: "customer-7", Listing: Listing{Sort: ports.ByUpdated, Descending: true}},
		"of no store":         {SKU: "sku-7", Store: "store-8", Owner: "none"},
	} {
		b.Run(name, func(b *testing.B) {
			q.Limit = MaxLimit
			for b.Loop() {
				_, err := q.Handle(context.Background(), c.ledger)
				require.NoError(b, err)
			}
		})
	}
}
