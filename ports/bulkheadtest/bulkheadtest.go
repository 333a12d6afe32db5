// Package bulkheadtest is the contract of ports.Bulkhead as tests, for every adapter to pass.
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

// Make makes a bulkhead of so many permits and a queue, some of which is reserved for urgent
// callers.
type Make func(permits, queue, reserved int) ports.Bulkhead

// Run holds what make makes against the contract.
func Run(t *testing.T, make Make) {
	t.Run("a permit is given or refused at once where none must be waited for", func(t *testing.T) {
		b := make(2, 0, 0)
		require.NoError(t, b.Acquire(t.Context(), false))
		require.NoError(t, b.Acquire(t.Context(), false))
		full, ok := errors.AsType[*ports.FullError](b.Acquire(t.Context(), true))
		require.True(t, ok)
		require.Equal(t, 2, full.Limit)
		require.Equal(t, b.Status().Name, full.Name)
		s := b.Status()
		require.Equal(t, []int{2, 2, 0, 0, 1}, []int{s.InUse, s.Limit, s.Waiting, s.WaitingLimit, int(s.Shed)})
		b.Release()
		require.NoError(t, b.Acquire(t.Context(), false))
	})
	t.Run("permits are given in the order of arrival", func(t *testing.T) { inOrder(t, make) })
	t.Run("a caller that stops waiting has no permit and no place in the queue", func(t *testing.T) { giveUp(t, make) })
	t.Run("a share of the queue is for urgent callers", func(t *testing.T) { urgent(t, make) })
	t.Run("the limits hold in a crowd, and no caller is lost", func(t *testing.T) { crowd(t, make) })
	t.Run("to release a permit that was not taken panics", func(t *testing.T) {
		require.Panics(t, func() { make(1, 0, 0).Release() })
	})
}

func inOrder(t *testing.T, make Make) {
	synctest.Test(t, func(t *testing.T) {
		b := make(1, 5, 0)
		require.NoError(t, b.Acquire(t.Context(), false))
		var order []int
		for n := range 5 {
			go func() {
				if b.Acquire(t.Context(), false) == nil {
					order = append(order, n) // one at a time: there is one permit
					b.Release()
				}
			}()
			synctest.Wait()
		}
		require.Equal(t, 5, b.Status().Waiting)
		b.Release()
		synctest.Wait()
		require.Equal(t, []int{0, 1, 2, 3, 4}, order)
		require.Zero(t, b.Status().InUse)
		require.Zero(t, b.Status().Waiting)
	})
}

func giveUp(t *testing.T, make Make) {
	synctest.Test(t, func(t *testing.T) {
		b := make(1, 1, 0)
		require.NoError(t, b.Acquire(t.Context(), false))
		for range 3 { // each waits where the one before did
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			require.ErrorIs(t, b.Acquire(ctx, false), context.DeadlineExceeded)
			cancel()
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second) // of the bubble's time
			cancel()
		}()
		require.ErrorIs(t, b.Acquire(ctx, false), context.Canceled)
		require.Equal(t, 1, b.Status().InUse)
		require.Zero(t, b.Status().Waiting)
		require.Zero(t, b.Status().Shed)
		b.Release()
		require.NoError(t, b.Acquire(t.Context(), false))
	})
}

func urgent(t *testing.T, make Make) {
	synctest.Test(t, func(t *testing.T) {
		b := make(1, 3, 1)
		require.NoError(t, b.Acquire(t.Context(), false))
		wait := func(urgent bool) {
			go func() {
				if b.Acquire(t.Context(), urgent) == nil {
					b.Release()
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
		b.Release()
		synctest.Wait()
		require.Zero(t, b.Status().InUse)
	})
}

// crowd lets random callers in, some of which stop waiting.
func crowd(t *testing.T, make Make) {
	rapid.Check(t, func(rt *rapid.T) {
		permits, queue := rapid.IntRange(1, 4).Draw(rt, "permits"), rapid.IntRange(0, 6).Draw(rt, "queue")
		reserved := rapid.IntRange(0, queue).Draw(rt, "reserved")
		callers := rapid.SliceOfN(rapid.Bool(), 1, 40).Draw(rt, "urgent")
		b := make(permits, queue, reserved)
		c := callersOf{bulkhead: b, permits: permits, queue: queue}
		var all sync.WaitGroup
		for i, isUrgent := range callers {
			all.Go(func() { c.call(t, isUrgent, i%5 == 4) })
		}
		all.Wait()
		s := b.Status()
		require.EqualValues(rt, len(callers), c.entered.Load()+c.shed.Load()+c.gone.Load())
		require.Equal(rt, c.shed.Load(), s.Shed)
		require.Zero(rt, s.InUse)
		require.Zero(rt, s.Waiting)
		for range permits { // all of them are free again
			require.NoError(rt, b.Acquire(t.Context(), false))
		}
	})
}

// callersOf counts what becomes of the callers of a bulkhead.
type callersOf struct {
	bulkhead       ports.Bulkhead
	permits, queue int

	inside, entered, shed, gone atomic.Int64
}

// call is one caller, which may stop waiting.
func (c *callersOf) call(t *testing.T, urgent, leaves bool) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if leaves {
		go cancel()
	}
	err := c.bulkhead.Acquire(ctx, urgent)
	if errors.Is(err, context.Canceled) {
		c.gone.Add(1)
		return
	}
	if err != nil {
		c.shed.Add(1)
		return
	}
	if n := c.inside.Add(1); n > int64(c.permits) {
		t.Errorf("%d have one of %d permits", n, c.permits)
	}
	if s := c.bulkhead.Status(); s.InUse > c.permits || s.Waiting > c.queue {
		t.Errorf("%d in use, %d waiting", s.InUse, s.Waiting)
	}
	c.entered.Add(1)
	c.inside.Add(-1)
	c.bulkhead.Release()
}
