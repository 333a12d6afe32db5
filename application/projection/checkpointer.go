package projection

import (
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/ports"
)

// checkpointer saves checkpoints. It decides when one is due.
type checkpointer struct {
	projection string
	store      ports.CheckpointStore
	maxBytes   int64         // of events until a checkpoint is due
	maxAge     time.Duration // of a change until a checkpoint is due; 0 is never
	now        func() time.Time
	life       *lifetime
	reports    *reporter
	state      *state
	kept       Kept        // may be nil
	touched    atomic.Bool // kept has changed

	bytes      int64     // of events since the last checkpoint
	size       int64     // of the last checkpoint
	since      time.Time // of the oldest change since the last checkpoint
	background chan saved
	eager      atomic.Bool // the runner waits for the save in the background
}

// saved is the result of a save.
type saved struct {
	size int64
	err  error
}

// errBroken means that the target's state is unknown and must not be saved.
var errBroken = errors.New("the target cannot be trusted")

// loaded begins with a checkpoint that was loaded.
func (c *checkpointer) loaded(size int64) {
	c.bytes, c.size, c.since = 0, size, time.Time{}
}

// handled counts events that were handled.
func (c *checkpointer) handled(bytes int64) {
	c.bytes += bytes
	c.noteChange()
}

func (c *checkpointer) noteChange() {
	if c.touched.Swap(false) {
		c.state.changed = true
	}
	if c.state.changed && c.since.IsZero() {
		c.since = c.now()
	}
}

// dueAt returns the time at which a checkpoint is due by its age; zero if none is.
func (c *checkpointer) dueAt() time.Time {
	if c.maxAge == 0 || c.background != nil || c.since.IsZero() {
		return time.Time{}
	}
	return c.since.Add(c.maxAge)
}

// full reports whether a checkpoint is due by its volume.
func (c *checkpointer) full() bool { return c.background == nil && c.bytes >= max(c.maxBytes, c.size) }

// due reports whether a checkpoint is due.
func (c *checkpointer) due() bool {
	at := c.dueAt()
	return c.full() || !at.IsZero() && !c.now().Before(at)
}

// finished reports whether a save in the background has ended and collect was not called.
func (c *checkpointer) finished() bool { return len(c.background) > 0 }

// saveIfDue begins to save a checkpoint in the background if one is due.
func (c *checkpointer) saveIfDue(target Target) {
	select {
	case result := <-c.background:
		c.collect(result)
	default:
	}
	c.noteChange()
	if target == nil || !c.due() {
		return
	}
	records := c.records(target)
	background := make(chan saved, 1)
	go func() {
		size, err := c.store.Save(c.life.saving, c.projection, records, c.pace)
		background <- saved{size: size, err: err}
	}()
	c.background = background
}

// restRatio is the rest of a save in the background, as a multiple of the time that it works.
const restRatio = 4

// pace returns the rest after a piece of work in the background.
func (c *checkpointer) pace(worked time.Duration) time.Duration {
	if c.eager.Load() {
		return 0
	}
	return restRatio * worked
}

// wait waits for the save in the background, if there is one.
func (c *checkpointer) wait() {
	if c.background == nil {
		return
	}
	c.eager.Store(true)
	defer c.eager.Store(false)
	c.collect(<-c.background)
}

// collect notes the result of a save. After a failure the next save is due when as much has
// changed again.
func (c *checkpointer) collect(result saved) {
	c.background = nil
	if result.err != nil {
		c.state.changed = true
		if c.life.saving.Err() == nil {
			c.reports.fault(cannotSave, result.err)
		}
		return
	}
	c.reports.over(cannotSave)
	c.size = result.size
}

// records returns the records of a checkpoint of now.
func (c *checkpointer) records(target Target) iter.Seq2[[]byte, error] {
	r := c.state.record(c.projection)
	if c.kept != nil {
		r.Kept = c.kept.Encode()
	}
	first, rest := r.encode(), target.Snapshot()
	c.bytes, c.since, c.state.changed = 0, time.Time{}, false
	return func(yield func([]byte, error) bool) {
		if !yield(first, nil) {
			return
		}
		for line := range rest {
			if !yield(line, nil) {
				return
			}
		}
	}
}

// saveNow saves a checkpoint if anything has changed, and returns when it is durable.
func (c *checkpointer) saveNow(target Target) error {
	c.wait()
	if c.noteChange(); !c.state.changed {
		return nil
	}
	if target == nil {
		return errBroken
	}
	size, err := c.store.Save(c.life.saving, c.projection, c.records(target), nil)
	c.collect(saved{size: size, err: err})
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return nil
}
