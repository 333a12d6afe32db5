package projection_test

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/ports"
)

// failing makes calls to the stores fail after a number of them.
type failing struct {
	mu    sync.Mutex
	left  int // calls that succeed; negative: all
	calls int
}

// records are the records of a checkpoint.
type records = iter.Seq2[[]byte, error]

var errCrashed = errors.New("the process is gone")

func (f *failing) call() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.left == 0 {
		return errCrashed
	}
	f.left--
	return nil
}

type failingCheckpoints struct {
	ports.CheckpointStore
	*failing
}

func (f failingCheckpoints) Save(ctx context.Context, name string, r records, pace ports.Pace) (int64, error) {
	if err := f.call(); err != nil {
		return 0, err
	}
	size, err := f.CheckpointStore.Save(ctx, name, r, pace)
	if err == nil { // it is saved, but the caller is not told
		err = f.call()
	}
	return size, err
}

func (f failingCheckpoints) Delete(ctx context.Context, name string) error {
	if err := f.call(); err != nil {
		return err
	}
	return f.CheckpointStore.Delete(ctx, name)
}

type failingLetters struct {
	ports.DeadLetterStore
	*failing
}

func (f failingLetters) Put(ctx context.Context, letter ports.DeadLetter) error {
	if err := f.call(); err != nil {
		return err
	}
	return errors.Join(f.DeadLetterStore.Put(ctx, letter), f.call())
}

func (f failingLetters) Remove(ctx context.Context, id string) error {
	if err := f.call(); err != nil {
		return err
	}
	return errors.Join(f.DeadLetterStore.Remove(ctx, id), f.call())
}

// through gives a runner stores that fail as f says.
func through(f *failing) func(*projection.Dependencies, *projection.Options) {
	return func(w *projection.Dependencies, _ *projection.Options) {
		w.Checkpoints = failingCheckpoints{w.Checkpoints, f}
		w.DeadLetters = failingLetters{w.DeadLetters, f}
		note := w.Note
		w.Note = func(ctx context.Context, n ledger.Note) error {
			if err := f.call(); err != nil {
				return err
			}
			return errors.Join(note(ctx, n), f.call())
		}
	}
}
