package query

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/ports"
)

func TestAListWaitsForItsTurn(t *testing.T) {
	c := newCounter(t)
	r := numbered(1, "A")
	c.write(r)
	r.Version, r.Lines[0].Remaining, r.Lines[0].Released = 1, 0, 1
	c.write(r)
	c.store()
	c.write(numbered(2, "A"))
	c.asked.Limit = 9
	c.asked.Listing = c.asked.normal()
	open := c.asked
	open.Statuses = []reservation.Status{reservation.HeldStatus}
	page := func(ctx context.Context, q ListReservations, memory, index turns) (int, error) {
		list := q.list(c.ledger)
		list.memoryTurns, list.indexTurns = memory, index
		found, _, err := list.page(ctx, ports.EntryPlace{})
		return len(found), err
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	full, free := make(turns), make(turns, 1)
	// A list whose client leaves does not wait.
	_, err := page(left, open, full, free)
	require.ErrorIs(t, err, context.Canceled)
	// Lists of open ones do not wait for the index.
	n, err := page(t.Context(), open, free, full)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	// A list gives every turn back.
	n, err = page(t.Context(), c.asked, free, free)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Empty(t, free)
	// A list of all waits for the turn of another one.
	free <- struct{}{}
	waits, stop := context.WithCancel(t.Context())
	over := make(chan error)
	go func() {
		_, err := page(waits, c.asked, make(turns, 1), free)
		over <- err
	}()
	stop()
	require.ErrorIs(t, <-over, context.Canceled)
}
