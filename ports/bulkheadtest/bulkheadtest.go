// Package bulkheadtest is the contract of ports.Bulkhead as tests.
package bulkheadtest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/ports"
)

// Make makes a bulkhead of so many places and a waiting room, some of which is kept
// for the urgent.
type Make func(places, room, kept int) ports.Bulkhead

// Run holds what make makes against the contract.
func Run(t *testing.T, make Make) {
	t.Run("who finds a place enters at once, who finds none and no room is turned away at once", func(t *testing.T) {
		b := make(2, 0, 0)
		require.NoError(t, b.Enter(t.Context(), false))
		require.NoError(t, b.Enter(t.Context(), false))
		full, ok := errors.AsType[*ports.FullError](b.Enter(t.Context(), true))
		require.True(t, ok)
		require.Equal(t, 2, full.Limit)
		require.Equal(t, b.Status().Name, full.Name)
		s := b.Status()
		require.Equal(t, []int{2, 2, 0, 0, 1}, []int{s.InUse, s.Limit, s.Waiting, s.WaitingLimit, int(s.Shed)})
		b.Leave()
		require.NoError(t, b.Enter(t.Context(), false))
	})
	t.Run("who waits gets a place in the order of arrival", func(t *testing.T) { inOrder(t, make) })
	t.Run("who gives up waiting has no place and takes no room", func(t *testing.T) { giveUp(t, make) })
	t.Run("a share of the room is for the urgent", func(t *testing.T) { urgent(t, make) })
	t.Run("never more inside than places, never more waiting than room, and nobody is lost", func(t *testing.T) { crowd(t, make) })
	t.Run("giving back what was not taken is a mistake that shows", func(t *testing.T) {
		require.Panics(t, func() { make(1, 0, 0).Leave() })
	})
}

func inOrder(t *testing.T, make Make) {
	synctest.Test(t, func(t *testing.T) {
		b := make(1, 5, 0)
		require.NoError(t, b.Enter(t.Context(), false))
		var order []int
		for n := range 5 {
			go func() {
				if b.Enter(t.Context(), false) == nil {
					order = append(order, n) // one at a time: there is one place
					b.Leave()
				}
			}()
			synctest.Wait()
		}
		require.Equal(t, 5, b.Status().Waiting)
		b.Leave()
		synctest.Wait()
		require.Equal(t, []int{0, 1, 2, 3, 4}, order)
		require.Zero(t, b.Status().InUse)
		require.Zero(t, b.Status().Waiting)
	})
}

func giveUp(t *testing.T, make Make) {
	synctest.Test(t, func(t *testing.T) {
		b := make(1, 1, 0)
		require.NoError(t, b.Enter(t.Context(), false))
		for range 3 { // each takes the room of the one before
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			require.ErrorIs(t, b.Enter(ctx, false), context.DeadlineExceeded)
			cancel()
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second) // of the bubble's time
			cancel()
		}()
		require.ErrorIs(t, b.Enter(ctx, false), context.Canceled)
		require.Equal(t, 1, b.Status().InUse)
		require.Zero(t, b.Status().Waiting)
		require.Zero(t, b.Status().Shed)
		b.Leave()
		require.NoError(t, b.Enter(t.Context(), false))
	})
}

func urgent(t *testing.T, make Make) {
	synctest.Test(t, func(t *testing.T) {
		b := make(1, 3, 1)
		require.NoError(t, b.Enter(t.Context(), false))
		wait := func(urgent bool) {
			go func() {
				if b.Enter(t.Context(), urgent) == nil {
					b.Leave()
				}
			}()
			synctest.Wait()
		}
		wait(false)
		wait(false)
		wait(false) // turned away
		require.Equal(t, 2, b.Status().Waiting)
		require.EqualValues(t, 1, b.Status().Shed)
		wait(true)
		require.Equal(t, 3, b.Status().Waiting)
		wait(true) // turned away, too
		require.Equal(t, 3, b.Status().Waiting)
		require.EqualValues(t, 2, b.Status().Shed)
		b.Leave()
		synctest.Wait()
		require.Zero(t, b.Status().InUse)
	})
}

// crowd lets a random crowd in, some of which gives up.
func crowd(t *testing.T, make Make) {
	rapid.Check(t, func(rt *rapid.T) {
		places, room := rapid.IntRange(1, 4).Draw(rt, "places"), rapid.IntRange(0, 6).Draw(rt, "room")
		kept := rapid.IntRange(0, room).Draw(rt, "kept")
		callers := rapid.SliceOfN(rapid.Bool(), 1, 40).Draw(rt, "urgent")
		b := make(places, room, kept)
		var inside, entered, turned, gone atomic.Int64
		var all sync.WaitGroup
		for i, isUrgent := range callers {
			all.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%5 == 4 {
					go cancel()
				}
				switch err := b.Enter(ctx, isUrgent); {
				case err == nil:
					if n := inside.Add(1); n > int64(places) {
						t.Errorf("%d inside of %d", n, places)
					}
					if s := b.Status(); s.InUse > places || s.Waiting > room {
						t.Errorf("%d in use, %d waiting", s.InUse, s.Waiting)
					}
					entered.Add(1)
					inside.Add(-1)
					b.Leave()
				case errors.Is(err, context.Canceled):
					gone.Add(1)
				default:
					turned.Add(1)
				}
			})
		}
		all.Wait()
		s := b.Status()
		require.EqualValues(rt, len(callers), entered.Load()+turned.Load()+gone.Load())
		require.Equal(rt, turned.Load(), s.Shed)
		require.Zero(rt, s.InUse)
		require.Zero(rt, s.Waiting)
		for range places { // all places are there again
			require.NoError(rt, b.Enter(t.Context(), false))
		}
	})
}
