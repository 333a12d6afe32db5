package query

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// countingRegistry counts the entries in memory that a page examines.
type countingRegistry struct {
	registry[reservation.Reservation]
	examined int
}

func (r *countingRegistry) Step(w *inventory.Walk, n int) inventory.Step[*reservation.Reservation] {
	step := r.registry.Step(w, n)
	r.examined += step.Examined
	return step
}

func (r *countingRegistry) Overdue(
	after ports.EntryPlace, now time.Time, n int,
) inventory.Step[*reservation.Reservation] {
	step := r.registry.Overdue(after, now, n)
	r.examined += step.Examined
	return step
}

// numbered is a reservation of a unit of an item.
func numbered(n int, sku string) reservation.Reservation {
	return reservation.Reservation{ID: fmt.Sprintf("r-%05d", n), State: reservation.State{
		Lines:     []reservation.Line{{Key: stock.Key{Store: "S1", SKU: sku}, Quantity: 1, Remaining: 1}},
		CreatedAt: second(0),
	}, UpdatedAt: second(0)}
}

func TestOnePageFindsAnEntryAmongManyInMemory(t *testing.T) {
	// Given 20,000 open and 20,000 closed reservations in memory, the last one of which is of another SKU
	const many = 40_000
	c := newCounter(t)
	for n := range many {
		r := numbered(n, "A")
		if n == many-1 {
			r.Lines[0].SKU = "B"
		}
		if n%2 == 1 {
			r.Lines[0].Remaining, r.Lines[0].Released = 0, 1
		}
		c.write(r)
	}
	for _, by := range []ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated} {
		// When a client lists the reservations of this SKU
		page, err := ListReservations{SKU: "B", Listing: Listing{Sort: by, Limit: 1}}.Handle(t.Context(), c.ledger)
		// Then the first page has it.
		require.NoError(t, err)
		require.Len(t, page.Reservations, 1)
		require.Empty(t, page.NextCursor)
	}
}

func TestAListOfEndedEntriesDoesNotExamineOpenOnes(t *testing.T) {
	// Given 1,000 open reservations, two of which are overdue, and a released one
	c := newCounter(t)
	for n := range 1000 {
		r := numbered(n, "A")
		if r.ExpiresAt = second(99); n < 2 {
			r.ExpiresAt = second(5)
		}
		c.write(r)
	}
	released := numbered(1000, "A")
	released.Lines[0].Remaining, released.Lines[0].Released = 0, 1
	c.write(released)
	c.seconds = 10
	for _, by := range []ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated} {
		// When a client lists what has ended
		c.asked = ListReservations{
			Statuses: []reservation.Status{reservation.ExpiredStatus, reservation.ReleasedStatus},
			Listing:  Listing{Sort: by, Limit: 9},
		}
		list := c.asked.list(c.ledger)
		counting := &countingRegistry{registry: list.from}
		list.from = counting
		found, end, err := list.page(t.Context(), ports.EntryPlace{})
		// Then the page has these three, and no other one was examined.
		require.NoError(t, err)
		require.False(t, end.more)
		require.Len(t, found, 3)
		require.Equal(t, 3, counting.examined, by)
	}
}
