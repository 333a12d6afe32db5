package projection

import (
	"errors"
	"fmt"
	"iter"
	"time"
)

// saving is when checkpoints are due, and the one under way.
type saving struct {
	bytes   int64 // of events since the last checkpoint
	size    int64 // of the last one
	changed bool
	since   time.Time // when something changed first since the last one
	under   chan saved
	never   bool // what the target has built is not to be trusted
}

type saved struct {
	size int64
	err  error
}

// note notes that events have been handled.
func (s *saving) note(bytes int64, now time.Time) {
	s.bytes += bytes
	s.changed = true
	if s.since.IsZero() {
		s.since = now
	}
}

// dueAt is when the clock makes a checkpoint due; zero if it does not.
func (s *saving) dueAt(o Options) time.Time {
	if o.SaveAfter == 0 || s.under != nil || s.since.IsZero() {
		return time.Time{}
	}
	return s.since.Add(o.SaveAfter)
}

// full tells whether so much has happened that a checkpoint is due.
func (s *saving) full(o Options) bool { return s.under == nil && s.bytes >= max(o.SaveBytes, s.size) }

// restRatio is how long a checkpoint rests that is saved in the background, as a multiple
// of the time that it works.
const restRatio = 4

// saveIfDue begins to save a checkpoint in the background if it is time.
func (r *Runner) saveIfDue() {
	s := &r.save
	select {
	case outcome := <-s.under: // a runner that is always busy does not come to rest for it
		r.saved(outcome)
	default:
	}
	if s.changed && s.since.IsZero() {
		s.since = r.world.Now()
	}
	if at := s.dueAt(r.opts); !s.full(r.opts) && (s.under != nil || at.IsZero() || r.world.Now().Before(at)) {
		return
	}
	records := r.checkpoint()
	under := make(chan saved, 1)
	go func() {
		size, err := r.world.Checkpoints.Save(r.final, r.opts.Name, records, r.pace)
		under <- saved{size: size, err: err}
	}()
	s.under = under
}

// pace is how long a checkpoint rests that is saved in the background: not at all once
// somebody waits for it.
func (r *Runner) pace(worked time.Duration) time.Duration {
	if r.eager.Load() {
		return 0
	}
	return restRatio * worked
}

// endSave waits for the checkpoint that is saved in the background, if one is.
func (r *Runner) endSave() {
	if r.save.under == nil {
		return
	}
	r.eager.Store(true)
	defer r.eager.Store(false)
	r.saved(<-r.save.under)
}

// saved notes how the checkpoint that was under way came out. After a failure the next
// is due when as much has happened again.
func (r *Runner) saved(outcome saved) {
	r.save.under = nil
	if outcome.err != nil {
		r.save.changed = true
		if r.final.Err() == nil {
			r.fault(cannotSave, outcome.err)
		}
		return
	}
	r.fine(cannotSave)
	r.save.size = outcome.size
}

// checkpoint is how everything stands now, as records.
func (r *Runner) checkpoint() iter.Seq2[[]byte, error] {
	first := r.record()
	rest := r.target.Snapshot()
	r.save.bytes, r.save.changed, r.save.since = 0, false, time.Time{}
	return func(yield func([]byte, error) bool) {
		if !yield(first, nil) {
			return
		}
		for record := range rest {
			if !yield(record, nil) {
				return
			}
		}
	}
}

// saveNow saves a checkpoint and returns when it is durable.
func (r *Runner) saveNow() error {
	r.endSave()
	if !r.save.changed {
		return nil
	}
	if r.save.never {
		return errors.New("the target cannot be trusted")
	}
	size, err := r.world.Checkpoints.Save(r.final, r.opts.Name, r.checkpoint(), nil)
	r.saved(saved{size: size, err: err})
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return nil
}
