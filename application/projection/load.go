package projection

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
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
	var s standing
	var target Target
	var end func() error
	var size *atomic.Int64
	begin := func() ports.SnapshotReader {
		size = &atomic.Int64{}
		s = newStanding(r.opts.Name)
		s.Position = r.opts.From
		target = r.opts.New()
		var inner ports.SnapshotReader
		inner, end = target.Reader()
		return measured(reader(r.opts.Name, &s, inner), size)
	}
	found, err := r.world.Checkpoints.Load(r.hard, r.opts.Name, begin, func(why error) {
		r.world.Report(ports.Incident{Component: component, Message: badCheckpoint, Detail: r.opts.Name, Err: why, Severe: true})
	})
	if err != nil {
		return fmt.Errorf("load checkpoint: %w", err)
	}
	if found {
		if err := end(); err != nil {
			r.world.Report(ports.Incident{Component: component, Message: badCheckpoint, Detail: r.opts.Name, Err: err, Severe: true})
			found = false
		}
	}
	if head := r.world.Head(); found && s.Position > head {
		r.world.Report(ports.Incident{
			Component: component, Message: badCheckpoint, Detail: r.opts.Name, Severe: true,
			Err: fmt.Errorf("it is at position %d, the log ends at %d", s.Position, head),
		})
		// A view may hold what the log no longer has. A receiver has had all that the
		// log does have.
		if _, sends := target.(publishing); sends {
			s.endAt(head)
		} else {
			found = false
		}
	}
	if !found {
		begin()
	}
	if found && !r.ofThisLog(&s) {
		r.world.Report(ports.Incident{
			Component: component, Message: badCheckpoint, Detail: r.opts.Name, Severe: true,
			Err: fmt.Errorf("the log's commit at position %d is not the one that it ends with", s.Position),
		})
		if _, sends := target.(publishing); !sends { // a receiver goes on: nothing tells what it had
			begin()
		}
	}
	r.standing, r.target = s, target
	r.save = saving{size: size.Load()}
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

// measured adds up how much is read: the next checkpoint is not due before as much has
// happened.
func measured(reader ports.SnapshotReader, size *atomic.Int64) ports.SnapshotReader {
	decode := reader.Decode
	reader.Decode = func(record []byte) (any, error) {
		size.Add(int64(len(record)) + 1)
		return decode(record)
	}
	return reader
}

// reader reads a checkpoint's first record itself and leaves the others to the target.
func reader(name string, s *standing, inner ports.SnapshotReader) ports.SnapshotReader {
	begun := false
	return ports.SnapshotReader{
		Decode: func(record []byte) (any, error) {
			if len(record) >= len(standingStart) && string(record[:len(standingStart)]) == standingStart {
				return readStanding(name, record)
			}
			return inner.Decode(record)
		},
		Take: func(value any) error {
			first, isFirst := value.(*standing)
			switch {
			case isFirst == begun:
				return errors.New("its first record is missing or comes twice")
			case isFirst:
				*s, begun = *first, true
				return nil
			}
			return inner.Take(value)
		},
	}
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
