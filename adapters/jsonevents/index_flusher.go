package jsonevents

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/ports"
)

// indexFlusher makes changes of the index durable in its tier. Only commits wait for it, as the
// throttle says.
type indexFlusher struct {
	tier   orderedkv.Store
	cut    func() (f *logindex.Flush, last bool) // begins a flush of all changes until now
	report ports.Reporter
	turn   chan struct{} // holds a value during a flush
	// throttle is what commits wait for.
	throttle *throttle

	mu     sync.Mutex
	failed error // why the last flush did not succeed, or nil
}

func newIndexFlusher(tier orderedkv.Store, o *Options) *indexFlusher {
	return &indexFlusher{
		tier: tier, report: o.Report, turn: make(chan struct{}, 1), throttle: newThrottle(o.mostChanges(), o.FlushWait),
	}
}

// flush returns when the tier has all changes that the index had when it was called. If the disk
// is full, it returns an error, and the flush under way continues.
func (f *indexFlusher) flush(ctx context.Context) error {
	err := f.take(ctx)
	if err == nil {
		err = await(ctx, f.tier, func() error {
			defer func() { <-f.turn }()
			return f.write()
		})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return f.tell(err)
}

// take waits for the turn. While a flush waits for the disk, the others leave: they would be more with
// each interval.
func (f *indexFlusher) take(ctx context.Context) error {
	select {
	case f.turn <- struct{}{}:
		return nil
	default:
	}
	look := time.NewTicker(patience)
	defer look.Stop()
	for {
		if err := unwritable(f.tier); err != nil {
			return err
		}
		select {
		case f.turn <- struct{}{}:
			return nil
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *indexFlusher) write() error {
	for {
		changes, last := f.cut()
		if changes == nil {
			return nil
		}
		if err := changes.Write(); err != nil || last {
			return err
		}
	}
}

// tell reports the first of several failures.
func (f *indexFlusher) tell(err error) error {
	f.mu.Lock()
	before := f.failed
	f.failed = err
	f.mu.Unlock()
	f.throttle.ended(err)
	if err != nil && before == nil {
		f.report(ports.Incident{
			Component: component, Severe: true, Err: err,
			Message: "the index of the log could not be saved: its changes stay in memory, and the next start takes longer",
		})
	}
	return err
}

// detail returns the reason in words why the index is not sound, or nothing.
func (f *indexFlusher) detail() string {
	if damaged := f.tier.Status().Damaged; damaged != nil {
		return fmt.Sprintf("%v: %v", orderedkv.ErrDamaged, damaged)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return f.failed.Error()
	}
	return ""
}

// run flushes at intervals, and whenever it is called, until the context ends.
func (f *indexFlusher) run(ctx context.Context, every time.Duration, called <-chan struct{}) {
	defer f.throttle.lift()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-called:
		}
		if ctx.Err() != nil {
			return
		}
		select { // one flush is enough for both, and always comes in the same order
		case <-ticker.C:
		default:
		}
		select {
		case <-called:
		default:
		}
		_ = f.flush(ctx) // it has told its failure
	}
}

// patience is how often a caller that waits for a write looks whether the disk is full.
const patience = time.Second

var errIndexWaits = fmt.Errorf("%w: the index of the log waits until the disk has room", ports.ErrUnavailable)

// await returns the result of a write to the tier. If the disk is full, or the context ends, it
// returns an error, and the write continues.
func await(ctx context.Context, tier orderedkv.Store, write func() error) error {
	done := make(chan error, 1)
	go func() { done <- write() }()
	look := time.NewTicker(patience)
	defer look.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-look.C:
			if err := unwritable(tier); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// unwritable returns the reason why a write to the tier does not end at present, or nil.
func unwritable(tier orderedkv.Store) error {
	status := tier.Status()
	switch {
	case status.Stalled != nil:
		return status.Stalled
	case status.Waiting:
		return errIndexWaits
	}
	return nil
}
