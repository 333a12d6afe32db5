package query

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

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
