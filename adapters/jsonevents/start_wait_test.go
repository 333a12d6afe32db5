package jsonevents_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/ports"
)

const waitTold = "the start waits for another process"

func TestAStartWaitsForOtherProcesses(t *testing.T) {
	type outcome struct {
		store *jsonevents.Store
		err   error
	}
	begin := func(s *site) chan outcome {
		began := make(chan outcome, 1)
		go func() {
			store, err := s.tryOpen()
			began <- outcome{store, err}
		}()
		return began
	}
	inBubble(t, "it takes the directory over from a process that is still draining", func(t *testing.T) {
		// given
		s := newSite(t)
		draining := s.open()
		put(t, draining, entry("a", 1))
		// when
		next := s.moved(s.disk)
		next.opts.StartWait = 30 * time.Second
		began := begin(next)
		pass(3500 * time.Millisecond)
		require.Empty(t, began)
		require.NoError(t, draining.Close())
		// then
		got := <-began
		require.NoError(t, got.err)
		require.Equal(t, []string{"a1"}, ids(t, got.store))
		require.NoError(t, got.store.Close())
		require.Equal(t, 3, next.reports(waitTold), "once a second")
		require.Contains(t, next.incidents[0].Detail, fmt.Sprintf("process %d", os.Getpid()))
		require.Contains(t, next.incidents[2].Detail, "3s so far")
	})
	inBubble(t, "after the time-out it is refused, and told which process has the directory", func(t *testing.T) {
		s := newSite(t)
		first := s.open()
		next := s.moved(s.disk)
		next.opts.StartWait = 10 * time.Second
		began := time.Now()
		_, err := next.tryOpen()
		require.ErrorAs(t, err, new(*jsonevents.InUseError))
		require.ErrorContains(t, err, fmt.Sprintf("process %d", os.Getpid()))
		require.GreaterOrEqual(t, time.Since(began), 10*time.Second)
		require.Less(t, time.Since(began), 11*time.Second)
		require.NoError(t, first.Close())
	})
	for name, c := range map[string]struct {
		startWait, lockedFor, waited time.Duration
		err                          error
	}{
		"it joins once a slow process has unlocked the log":        {30 * time.Second, 6 * time.Second, 6 * time.Second, nil},
		"it is refused if the log stays locked":                    {30 * time.Second, time.Hour, 30 * time.Second, ports.ErrBusy},
		"without a time-out it waits for the log as a commit does": {0, time.Hour, 2 * time.Second, ports.ErrBusy},
	} {
		inBubble(t, name, func(t *testing.T) {
			// given
			s, release := newShared(t), make(chan struct{})
			slow := s.join()
			put(t, slow, entry("x", 1))
			s.fails("sync", segment(1), simdisk.Fault{Wait: release})
			written := background(slow, "y")
			s.heals()
			// when
			next := s.moved(s.disk)
			next.opts.StartWait = c.startWait
			at := time.Now()
			began := begin(next)
			unlock := time.AfterFunc(c.lockedFor, func() { close(release) })
			got := <-began
			// then
			require.ErrorIs(t, got.err, c.err)
			require.GreaterOrEqual(t, time.Since(at), c.waited)
			require.Less(t, time.Since(at), c.waited+time.Second)
			require.InDelta(t, c.waited.Seconds(), next.reports(waitTold), 1)
			if unlock.Stop() {
				close(release)
			}
			require.NoError(t, <-written)
			if got.err == nil {
				require.Equal(t, []string{"x1", "y1"}, ids(t, got.store))
				require.NoError(t, got.store.Close())
			}
		})
	}
}
