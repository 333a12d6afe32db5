package guarded_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/guarded"
	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/checkpointstoretest"
	"github.com/onhand/onhand/ports/deadletterstoretest"
	"github.com/onhand/onhand/ports/mocks"
	"github.com/onhand/onhand/ports/publishertest"
)

func breaker(t *testing.T, fault func(error) bool) *hystrixbreaker.Breaker {
	b, err := hystrixbreaker.New(hystrixbreaker.Options{
		Name: "guarded", Threshold: 0.5, MinCalls: 4, Cooldown: time.Hour, Fault: fault,
	})
	require.NoError(t, err)
	return b
}

// mild is a breaker that the contracts' own faults do not open.
func mild(t *testing.T) ports.Breaker {
	b, err := hystrixbreaker.New(hystrixbreaker.Options{
		Name: "mild", Threshold: 1, MinCalls: 1_000_000, Cooldown: time.Hour,
	})
	require.NoError(t, err)
	return b
}

func TestCheckpointContract(t *testing.T) {
	checkpointstoretest.Run(t, func(t *testing.T) checkpointstoretest.Opener {
		kept := guarded.Checkpoints(&memory.CheckpointStore{}, mild(t))
		return func(*testing.T) ports.CheckpointStore { return kept }
	})
}

func TestDeadLetterContract(t *testing.T) {
	deadletterstoretest.Run(t, func(t *testing.T) deadletterstoretest.Place {
		kept := &memory.DeadLetterStore{Limit: deadletterstoretest.Limit}
		return deadletterstoretest.Place{Open: func(t *testing.T) (ports.DeadLetterStore, error) {
			return guarded.DeadLetters(kept.Another(), mild(t)), nil
		}}
	})
}

func TestPublisherContract(t *testing.T) {
	publishertest.Run(t, func(t *testing.T) publishertest.Receiver {
		kept := &memory.Publisher{}
		through := guarded.Publisher(kept, mild(t))
		return publishertest.Receiver{
			Open:  func(*testing.T) ports.Publisher { return through },
			Taken: func(*testing.T) [][]byte { return kept.Taken() },
			Refuse: func(refuse bool) {
				kept.Fail(nil)
				if refuse {
					kept.Fail(&ports.DeliveryError{Reason: "it does not want to"})
				}
			},
		}
	})
}

var ctx = context.Background()

// opens calls until the breaker refuses. The count may come a little later.
func opens(t *testing.T, call func() error) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, open := errors.AsType[*ports.OpenError](call())
		return open
	}, time.Minute, time.Millisecond)
}

// stays calls often and finds the breaker closed.
func stays(t *testing.T, b ports.Breaker, call func() error) {
	t.Helper()
	for range 50 {
		_, open := errors.AsType[*ports.OpenError](call())
		require.False(t, open)
	}
	require.Zero(t, b.Status().Faults)
}

func records(err error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { _ = yield([]byte("{}"), nil) && err != nil && yield(nil, err) }
}

func TestADiskThatDoesNotWorkOpensTheBreakerOfCheckpointsAndLetters(t *testing.T) {
	eio := fmt.Errorf("write: %w", syscall.EIO)
	b := breaker(t, guarded.StoreFault)
	store := mocks.NewCheckpointStore(t)
	store.EXPECT().Delete(ctx, "view").Return(eio)
	checkpoints := guarded.Checkpoints(store, b)
	opens(t, func() error { return checkpoints.Delete(ctx, "view") })
	_, err := checkpoints.Save(ctx, "view", records(nil), nil)
	require.ErrorAs(t, err, new(*ports.OpenError))
	_, err = checkpoints.List(ctx, "view")
	require.ErrorAs(t, err, new(*ports.OpenError))
	for _, err := range checkpoints.Records(ctx, "view", 1) {
		require.ErrorAs(t, err, new(*ports.OpenError))
	}

	letters := guarded.DeadLetters(&memory.DeadLetterStore{}, b)
	require.ErrorAs(t, letters.Put(ctx, ports.DeadLetter{}), new(*ports.OpenError))
	require.ErrorAs(t, letters.Remove(ctx, "a"), new(*ports.OpenError))
	_, _, err = letters.Get(ctx, "a")
	require.NoError(t, err, "reads still work")
}

func TestAnErrorThatIsNoFaultOfTheDiskDoesNotOpenIt(t *testing.T) {
	for name, err := range map[string]error{
		"it is full":    fmt.Errorf("write: %w", syscall.ENOSPC),
		"a limit":       &ports.LimitError{},
		"damage":        &ports.CorruptError{},
		"a caller left": context.Canceled,
		"nothing wrong": nil,
	} {
		t.Run(name, func(t *testing.T) {
			b := breaker(t, guarded.StoreFault)
			ended, cancel := context.WithCancel(ctx)
			store := mocks.NewDeadLetterStore(t)
			store.EXPECT().Put(ended, ports.DeadLetter{}).RunAndReturn(func(context.Context, ports.DeadLetter) error {
				if errors.Is(err, context.Canceled) {
					cancel()
				}
				return err
			})
			stays(t, b, func() error { return guarded.DeadLetters(store, b).Put(ended, ports.DeadLetter{}) })
			cancel()
		})
	}
	b := breaker(t, guarded.StoreFault)
	checkpoints := guarded.Checkpoints(&memory.CheckpointStore{}, b)
	lost := errors.New("the view lost a record")
	stays(t, b, func() error {
		_, err := checkpoints.Save(ctx, "view", records(lost), nil)
		require.ErrorIs(t, err, lost)
		return err
	})
}

func TestAReceiverThatDoesNotWorkOpensItsBreaker(t *testing.T) {
	events := publishertest.Events(1, 1)
	for status, fault := range map[int]bool{0: true, 500: true, 503: true, 400: false, 429: false, 302: false} {
		b := breaker(t, guarded.DeliveryFault)
		kept := &memory.Publisher{}
		kept.Fail(fmt.Errorf("attempt: %w", &ports.DeliveryError{Status: status}))
		publish := func() error {
			n, err := guarded.Publisher(kept, b).Publish(ctx, events)
			require.Zero(t, n)
			return err
		}
		if fault {
			opens(t, publish)
		} else {
			stays(t, b, publish)
		}
	}
	b := breaker(t, guarded.DeliveryFault)
	kept := &memory.Publisher{}
	kept.Fail(ports.ErrGone)
	stays(t, b, func() error {
		_, err := guarded.Publisher(kept, b).Publish(ctx, events)
		require.ErrorIs(t, err, ports.ErrGone)
		return err
	})
}
