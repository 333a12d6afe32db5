package projection

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/ports"
)

// untilLoaded begins at the checkpoint, or from the beginning, with a new target.
func (r *Runner) untilLoaded() {
	for r.soft.Err() == nil {
		err := r.load()
		if err == nil {
			r.loads++
			r.fine(cannotLoad)
			r.mu.Lock()
			if r.Position >= r.seen.floor { // unless readers are to keep what they have
				r.shown = r.target
			}
			r.mu.Unlock()
			r.show()
			return
		}
		r.fault(cannotLoad, err)
		select {
		case <-time.After(again):
		case <-r.soft.Done():
		}
	}
	r.save.never = true
}

// load reads the checkpoint into a new target and makes the letters agree with it.
func (r *Runner) load() error {
	r.endSave() // one at a time for a name
	c, found, err := r.newest()
	if err != nil {
		return fmt.Errorf("load checkpoint: %w", err)
	}
	if head := r.world.Head(); found && c.Position > head {
		r.world.Report(ports.Incident{
			Component: component, Message: badCheckpoint, Detail: r.opts.Name, Severe: true,
			Err: fmt.Errorf("it is at position %d, the log ends at %d", c.Position, head),
		})
		// A view may hold what the log no longer has. A receiver has had all that the
		// log does have.
		if _, sends := c.target.(publishing); sends {
			c.endAt(head)
		} else {
			found = false
		}
	}
	if !found {
		c = r.fromTheBeginning()
	}
	if found && !r.ofThisLog(&c.standing) {
		r.world.Report(ports.Incident{
			Component: component, Message: badCheckpoint, Detail: r.opts.Name, Severe: true,
			Err: fmt.Errorf("the log's commit at position %d is not the one that it ends with", c.Position),
		})
		if _, sends := c.target.(publishing); !sends { // a receiver goes on: nothing tells what it had
			c = r.fromTheBeginning()
		}
	}
	r.standing, r.target = c.standing, c.target
	r.save = saving{size: c.size}
	for stream, loaded := range r.Still {
		name := fact{stream, loaded.Version}
		if at := r.known[name]; at != nil {
			r.Still[stream] = at
			delete(r.known, name)
		}
	}
	return r.agree(r.hard)
}

// ofThisLog tells whether the log has the commit that a checkpoint ends with, as far as
// its time tells. A log that cannot be read now is tried again elsewhere.
func (r *Runner) ofThisLog(s *standing) bool {
	if s.Position == 0 || s.Time.IsZero() {
		return true
	}
	for c, err := range r.world.Feed.Commits(r.hard, s.Position-1) {
		return err != nil || c.Time.Equal(s.Time)
	}
	return true
}

// newest reads the newest checkpoint that is whole; false if there is none. One that cannot
// be used is reported. An error says that the store could not be read.
func (r *Runner) newest() (checkpoint, bool, error) {
	list, err := r.world.Checkpoints.List(r.hard, r.opts.Name)
	if err != nil {
		return checkpoint{}, false, err
	}
	for _, info := range list {
		c, refused, err := readCheckpoint(r.hard, r.world.Checkpoints, r.opts.Name, info.Generation, r.opts.New())
		if err != nil || refused == nil {
			return c, err == nil, err
		}
		r.world.Report(ports.Incident{Component: component, Message: badCheckpoint, Detail: r.opts.Name, Err: refused, Severe: true})
	}
	return checkpoint{}, false, nil
}

// fromTheBeginning is where a runner without a checkpoint begins.
func (r *Runner) fromTheBeginning() checkpoint {
	c := checkpoint{standing: newStanding(r.opts.Name), target: r.opts.New()}
	c.Position = r.opts.From
	return c
}

// agree makes the dead letters say what the checkpoint does.
func (r *Runner) agree(ctx context.Context) error {
	for after := ""; ; {
		page, err := r.world.DeadLetters.List(ctx, r.opts.Name, after, 500)
		if err != nil {
			return fmt.Errorf("list dead letters: %w", err)
		}
		for i := range page {
			r.agreeOn(&page[i])
			after = page[i].ID
		}
		if len(page) == 0 {
			break
		}
	}
	for stream, at := range r.Still {
		if !at.Parked {
			continue
		}
		_, kept, err := r.world.DeadLetters.Get(ctx, ports.DeadLetterID(r.opts.Name, at.id()))
		if err == nil && !kept {
			var e ports.StreamEvent
			if e, err = r.readEvent(ctx, stream, at.Version); err == nil {
				r.park(&e, at)
			}
		}
		if err != nil {
			return fmt.Errorf("restore dead letter: %w", err)
		}
	}
	return nil
}

// agreeOn sorts out one letter: it is of a stream that stands still, or of an event that
// was not come to yet, or settled.
func (r *Runner) agreeOn(letter *ports.DeadLetter) {
	e := &letter.Event
	at := r.Still[e.Stream]
	parked := &still{
		Version: e.Version, Position: e.Position, Index: e.Index, Attempts: letter.Attempts, Parked: true,
		Cause: letter.Cause, FirstAt: letter.FirstAt, LastAt: letter.LastAt,
	}
	ahead := at != nil && e.Version > at.Version || at == nil && e.Position > r.Position && e.Version > r.Handled[e.Stream]
	switch {
	case at != nil && at.Version == e.Version:
		r.Still[e.Stream] = parked
	case ahead && r.known[fact{e.Stream, e.Version}] == nil:
		r.known[fact{e.Stream, e.Version}] = parked
	case !ahead:
		r.removeLetter(e.ID())
	}
}
