package jsonevents_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/ports"
)

func TestAStoreThatFailsInSeveralPlacesEndsTheProcessOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fatal, reported atomic.Int64
		store, err := jsonevents.Open(t.TempDir(), jsonevents.Options{
			IdleAfter: time.Hour,
			Fatal:     func(error) { fatal.Add(1) },
			Report:    func(ports.Incident) { reported.Add(1) },
		})
		require.NoError(t, err)
		before := reported.Load()
		var failing sync.WaitGroup
		for range 20 {
			failing.Go(func() { jsonevents.Fail(store, errors.New("the disk is gone")) })
		}
		failing.Wait()
		synctest.Wait()
		require.EqualValues(t, 1, fatal.Load())
		require.EqualValues(t, 1, reported.Load()-before)
		require.NoError(t, store.Close())
	})
}
