package retrying_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/adapters/retrying"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/checkpointstoretest"
	"github.com/onhand/onhand/ports/snapshotstoretest"
)

// saveWith saves records in a flaky store.
type saveWith func(context.Context, *flaky, iter.Seq2[[]byte, error]) (int64, error)

var policy = retrying.Policy{Base: time.Second, Times: 3}

func TestContracts(t *testing.T) {
	snapshotstoretest.Run(t, func(*testing.T) snapshotstoretest.Opener {
		kept := &memory.SnapshotStore{}
		return func(*testing.T) ports.SnapshotStore { return retrying.Snapshots(kept, policy) }
	})
	checkpointstoretest.Run(t, func(*testing.T) checkpointstoretest.Opener {
		kept := &memory.CheckpointStore{}
		return func(*testing.T) ports.CheckpointStore { return retrying.Checkpoints(kept, policy) }
	})
}

var errDisk = errors.New("input/output error")

// flaky saves after some failures.
type flaky struct {
	failures []error
	began    time.Time
	at       []time.Duration // when each call came
	read     []int           // how many records each call read
}

func newFlaky(failures ...error) *flaky { return &flaky{failures: failures, began: time.Now()} }

func (f *flaky) save(records iter.Seq2[[]byte, error]) (int64, error) {
	f.at = append(f.at, time.Since(f.began))
	n := 0
	for _, err := range records {
		if err != nil {
			return 0, fmt.Errorf("write: %w", err)
		}
		n++
	}
	f.read = append(f.read, n)
	if len(f.at) <= len(f.failures) {
		return 0, f.failures[len(f.at)-1]
	}
	return int64(n), nil
}

type flakySnapshots struct {
	memory.SnapshotStore
	*flaky
}

func (f *flakySnapshots) Save(
	_ context.Context, _ event.Position, records iter.Seq2[[]byte, error], _ ports.Pace,
) (int64, error) {
	return f.save(records)
}

type flakyCheckpoints struct {
	memory.CheckpointStore
	*flaky
}

func (f *flakyCheckpoints) Save(
	_ context.Context, _ string, records iter.Seq2[[]byte, error], _ ports.Pace,
) (int64, error) {
	return f.save(records)
}

func records(yield func([]byte, error) bool) {
	_ = yield([]byte("1"), nil) && yield([]byte("2"), nil)
}

// ways are the saves that are tried again.
var ways = map[string]saveWith{
	"snapshots": func(ctx context.Context, f *flaky, r iter.Seq2[[]byte, error]) (int64, error) {
		return retrying.Snapshots(&flakySnapshots{flaky: f}, policy).Save(ctx, 7, r, nil)
	},
	"checkpoints": func(ctx context.Context, f *flaky, r iter.Seq2[[]byte, error]) (int64, error) {
		return retrying.Checkpoints(&flakyCheckpoints{flaky: f}, policy).Save(ctx, "view", r, nil)
	},
}

// each runs a test for each way, in time that passes at once.
func each(t *testing.T, test func(t *testing.T, save saveWith)) {
	for name, save := range ways {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { test(t, save) }) })
	}
}

func TestASaveThatFailsForAWhileSucceedsInTheEnd(t *testing.T) {
	each(t, func(t *testing.T, save saveWith) {
		f := newFlaky(errDisk, errDisk, errDisk)
		size, err := save(t.Context(), f, records)
		require.NoError(t, err)
		require.EqualValues(t, 2, size)
		require.Equal(t, []int{2, 2, 2, 2}, f.read, "each try reads all records")
		for n, most := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			require.LessOrEqual(t, f.at[n+1]-f.at[n], most)
		}
	})
}

func TestTheTriesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, save saveWith) {
		f := newFlaky(errDisk, errDisk, errDisk, errDisk, errDisk)
		_, err := save(t.Context(), f, records)
		require.ErrorIs(t, err, errDisk)
		require.Len(t, f.at, 4)
	})
}

func TestPausesAreSpreadOverTheirWholeRange(t *testing.T) {
	each(t, func(t *testing.T, save saveWith) {
		var first []time.Duration
		for range 400 {
			f := newFlaky(errDisk)
			_, err := save(t.Context(), f, records)
			require.NoError(t, err)
			first = append(first, f.at[1])
		}
		// A quarter of the range is missed by 400 draws once in 10⁴⁹ runs.
		require.Less(t, slices.Min(first), 250*time.Millisecond)
		require.Greater(t, slices.Max(first), 750*time.Millisecond)
	})
}

func TestNoPauseIsLongerThanAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlaky(slices.Repeat([]error{errDisk}, 20)...)
		patient := retrying.Policy{Base: 24 * time.Hour, Times: 20}
		_, err := retrying.Snapshots(&flakySnapshots{flaky: f}, patient).Save(t.Context(), 7, records, nil)
		require.NoError(t, err)
		for n := range 20 {
			require.LessOrEqual(t, f.at[n+1]-f.at[n], time.Minute)
		}
	})
}

func TestWhatAnotherTryDoesNotMendIsNotTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, save saveWith) {
		for _, cause := range []error{
			fmt.Errorf("%w: no space left", ports.ErrReadOnly),
			&ports.OpenError{Name: "sync", RetryAfter: time.Minute},
			context.Canceled, context.DeadlineExceeded,
		} {
			f := newFlaky(cause)
			_, err := save(t.Context(), f, records)
			require.Equal(t, cause, err)
			require.Len(t, f.at, 1)
		}
		f := newFlaky()
		_, err := save(t.Context(), f, func(yield func([]byte, error) bool) { yield(nil, errDisk) })
		require.ErrorIs(t, err, errDisk, "an error among the records is the caller's")
		require.Len(t, f.at, 1)
	})
}

func TestTheContextBoundsThePauses(t *testing.T) {
	each(t, func(t *testing.T, save saveWith) {
		always := []error{errDisk, errDisk, errDisk, errDisk}
		began := time.Now()
		ctx, cancel := context.WithDeadline(t.Context(), began.Add(time.Nanosecond))
		defer cancel()
		f := newFlaky(always...)
		_, err := save(ctx, f, records)
		require.ErrorIs(t, err, errDisk, "the cause, not that time is over")
		require.LessOrEqual(t, time.Since(began), time.Nanosecond)

		ctx, leave := context.WithCancel(t.Context())
		f = newFlaky(always...)
		go func() {
			synctest.Wait()
			leave()
		}()
		_, err = save(ctx, f, records)
		require.ErrorIs(t, err, errDisk)
		require.Len(t, f.at, 1)
	})
}

func TestAWriteErrorOfTheDiskThatPassesDelaysASnapshotOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := simdisk.New()
		failures := 0
		disk.Plan(func(c simdisk.Call) simdisk.Fault {
			if c.Op != "write" || failures == 2 {
				return simdisk.Fault{}
			}
			failures++
			return simdisk.Fault{Err: syscall.EIO}
		})
		store := retrying.Snapshots(jsondocuments.NewSnapshots("/snapshots", disk), policy)
		_, err := store.Save(t.Context(), 7, records, nil)
		require.NoError(t, err)
		require.Equal(t, 2, failures)
		var found []string
		for record, err := range store.Records(t.Context(), 7) {
			require.NoError(t, err)
			found = append(found, string(record))
		}
		require.Equal(t, []string{"1", "2"}, found)
	})
}
