package projection_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// counting counts the checkpoints that are saved.
type counting struct {
	*memory.CheckpointStore
	saves int
}

func (c *counting) Save(ctx context.Context, name string, r records, pace ports.Pace) (int64, error) {
	c.saves++
	return c.CheckpointStore.Save(ctx, name, r, pace)
}

// slow is a target that needs a second for each event.
type slow struct{ projection.Target }

func (s slow) Handle(ctx context.Context, events []ports.StreamEvent, upto event.Position) (int, error) {
	time.Sleep(time.Duration(len(events)) * time.Second)
	return s.Target.Handle(ctx, events, upto)
}

func slowly(opts *projection.Options) {
	inner := opts.New
	opts.New, opts.Timeout, opts.Batch = func() projection.Target { return slow{inner()} }, time.Minute, 1
}

// A runner that is killed while it catches up continues near the position that it had reached.
func TestARunnerThatCatchesUpSavesCheckpoints(t *testing.T) {
	for name, due := range map[string]func(*projection.Options){
		"when enough has happened": func(opts *projection.Options) { opts.SaveBytes = 1 },
		"when time has passed":     func(opts *projection.Options) { opts.SaveAfter = 5 * time.Second },
	} {
		inBubble(t, name, func(o *outside) {
			for n := range 200 {
				o.adjust("S1", sku(n), 1)
			}
			saved := &counting{CheckpointStore: o.checkpoints}
			r := o.start(func(deps *projection.Dependencies, opts *projection.Options) {
				slowly(opts)
				due(opts)
				deps.Checkpoints = saved
			})
			time.Sleep(101 * time.Second)
			require.Less(o, r.Status(context.Background()).Position, event.Position(150))
			require.Greater(o, saved.saves, 3)
			o.stop(r)
		})
	}
}

// A runner whose receiver wants no more events does not call it again and again.
func TestAGoneReceiverIsLeftAlone(t *testing.T) {
	inBubble(t, "even if events for it wait for another attempt", func(o *outside) {
		first, second := o.adjust("S1", sku(1), 1), o.adjust("S1", sku(2), 1)
		o.spoil(first, refuses)
		o.spoil(second, refuses)
		r := o.start()
		o.spoil(first, isGone)
		o.spoil(second, isGone)
		time.Sleep(time.Hour)
		require.Equal(o, projection.Blocked, r.Status(context.Background()).State)
		require.Less(o, len(o.calls), 10)
		o.stop(r)
	})
}

// full is a store without room for checkpoints.
type full struct{ *memory.CheckpointStore }

func (full) Save(context.Context, string, records, ports.Pace) (int64, error) {
	return 0, ports.ErrReadOnly
}

func TestAPauseThatCannotBeSavedHasNoEffect(t *testing.T) {
	inBubble(t, "because the store has no room for a checkpoint", func(o *outside) {
		r := o.start(func(deps *projection.Dependencies, _ *projection.Options) { deps.Checkpoints = full{o.checkpoints} })
		require.ErrorIs(o, r.Pause(context.Background()), ports.ErrReadOnly)
		require.Equal(o, projection.Running, r.Status(context.Background()).State)
		o.adjust("S1", sku(1), 1)
		time.Sleep(time.Minute)
		o.agrees(r)
		o.stop(r)
	})
}

func TestACheckpointIsNotDueBeforeAsMuchHasHappened(t *testing.T) {
	inBubble(t, "as the size of the last one, also after a restart", func(o *outside) {
		for n := range 100 {
			o.adjust("S1", sku(n), 1)
		}
		r := o.start()
		o.stop(r)
		f := &failing{left: -1}
		r = o.start(through(f), func(_ *projection.Dependencies, opts *projection.Options) { opts.SaveBytes = 1000 })
		require.Greater(o, r.Status(ctx).Checkpoint, int64(10_000))
		for range 20 {
			o.adjust("S1", "a", 1)
			synctest.Wait()
		}
		require.Zero(o, f.calls, "nothing was saved")
		for range 80 {
			o.adjust("S1", "a", 1)
			synctest.Wait()
		}
		require.Positive(o, f.calls)
		o.agrees(r)
		o.stop(r)
	})
}

// leisurely is a store that saves in many pieces, as for a large checkpoint.
type leisurely struct{ ports.CheckpointStore }

func (l leisurely) Save(ctx context.Context, name string, r records, pace ports.Pace) (int64, error) {
	for range 60 {
		if pace != nil {
			time.Sleep(pace(time.Second))
		}
	}
	return l.CheckpointStore.Save(ctx, name, r, pace)
}

func TestACheckpointThatTheRunnerWaitsForDoesNotRest(t *testing.T) {
	inBubble(t, "so it does not delay a stop", func(o *outside) {
		r := o.start(func(w *projection.Dependencies, opts *projection.Options) {
			w.Checkpoints = leisurely{w.Checkpoints}
			opts.SaveBytes = 1
		})
		o.adjust("S1", "a", 1)
		time.Sleep(time.Second) // the save has begun
		began := time.Now()
		o.stop(r)
		require.Less(o, time.Since(began), 10*time.Second)
		r = o.start()
		o.agrees(r)
		require.Len(o, o.calls, 1, "it was saved")
		o.stop(r)
	})
}
