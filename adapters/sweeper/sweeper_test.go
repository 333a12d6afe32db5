package sweeper_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/sweeper"
	"github.com/onhand/onhand/ports"
)

func TestItSweepsAtItsPaceUntilItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sweeps atomic.Int64
		s := sweeper.New(func(context.Context) error { sweeps.Add(1); return nil }, time.Second, nil)
		require.NoError(t, s.Stop(context.Background()), "before it began")
		s.Start()
		time.Sleep(3500 * time.Millisecond)
		require.EqualValues(t, 3, sweeps.Load())
		require.NoError(t, s.Stop(context.Background()))
		time.Sleep(time.Minute)
		require.EqualValues(t, 3, sweeps.Load())
	})
}

func TestAFaultIsReportedOnceUntilItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := errors.New("full")
		outcomes := []error{fault, fault, nil, fault}
		var reported []ports.Incident
		s := sweeper.New(func(context.Context) error {
			next := outcomes[0]
			outcomes = outcomes[1:]
			return next
		}, time.Second, func(i ports.Incident) { reported = append(reported, i) })
		s.Start()
		time.Sleep(4500 * time.Millisecond)
		require.NoError(t, s.Stop(context.Background()))
		require.Len(t, reported, 2)
		require.Equal(t, fault, reported[0].Err)
	})
}

func TestStoppingInterruptsASweepAndWaitsNoLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		s := sweeper.New(func(ctx context.Context) error {
			<-ctx.Done()
			<-stuck
			return ctx.Err()
		}, time.Second, func(ports.Incident) { t.Error("being stopped is no fault") })
		s.Start()
		time.Sleep(1500 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, s.Stop(ctx), context.DeadlineExceeded)
		close(stuck)
		require.NoError(t, s.Stop(context.Background()))
	})
}
