package query

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
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
	page := func(ctx context.Context, q ListReservations, memory, index *turns) (int, error) {
		list := q.list(c.ledger)
		list.memoryTurns, list.indexTurns = memory, index
		found, _, err := list.page(ctx, ports.EntryPlace{})
		return len(found), err
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	full, free := newTurns(0), newTurns(1)
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
	require.Empty(t, free.free)
	// A list of all waits for the turn of another one.
	free.free <- struct{}{}
	waits, stop := context.WithCancel(t.Context())
	over := make(chan error)
	go func() {
		_, err := page(waits, c.asked, newTurns(1), free)
		over <- err
	}()
	stop()
	require.ErrorIs(t, <-over, context.Canceled)
}

func TestATurnRestsBesideWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		const work = 2 * time.Millisecond
		waited := func(log event.Position) time.Duration {
			end, err := turns.take(t.Context(), log)
			require.NoError(t, err)
			time.Sleep(work)
			end()
			over := time.Now()
			turns.free <- struct{}{}
			turns.release()
			return time.Since(over)
		}
		// Given a log that does not grow, the next turn comes at once.
		require.Zero(t, waited(7))
		require.Zero(t, waited(7))
		// While it grows, the next one comes after the rest.
		require.Equal(t, restOfWork*work, waited(8))
		require.Equal(t, restOfWork*work, waited(8))
		// A long turn rests for the longest rest at most.
		end, err := turns.take(t.Context(), 9)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		end()
		begun := time.Now()
		turns.free <- struct{}{}
		require.Equal(t, longestRest, time.Since(begun))
		turns.release()
		// Once no write has come for a while, turns rest no more.
		require.Zero(t, waited(9))
	})
}
