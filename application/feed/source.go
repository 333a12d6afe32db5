package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// together is how many commits are added to the tail at a time at most; the tail is locked
// for so long.
const together = 256

// errGap is a fault of the log.
var errGap = errors.New("the log has a gap")

// source is where a tail gets the commits from: their writer, and otherwise the log.
type source struct {
	log       ports.EventFeed
	published *handover
	encode    Encode
	rest      time.Duration // how long the writer may take to publish a commit that the log has
}

// read adds the commits after a position, some at a time.
func (s *source) read(ctx context.Context, after event.Position, add func([]*Commit)) error {
	s.published.forgetNudge()
	if s.takeOver(after, add) {
		return nil
	}
	if s.published.used.Load() {
		s.await(ctx)
		if s.takeOver(after, add) {
			return nil
		}
	}
	return s.readLog(ctx, after, add)
}

// takeOver adds the commits that the writer has published after a position, up to the
// first gap, and reports whether there was any.
func (s *source) takeOver(after event.Position, add func([]*Commit)) bool {
	taken := false
	for batch := make([]*Commit, 0, together); ; {
		batch = s.published.take(batch[:0], after, s.encode)
		if len(batch) == 0 {
			return taken
		}
		taken, after = true, batch[len(batch)-1].Position
		add(batch)
	}
}

// await waits for the writer to publish what the log has already: it does so as soon as
// the log has answered it.
func (s *source) await(ctx context.Context) {
	timer := time.NewTimer(s.rest)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.published.nudge:
	case <-timer.C:
	}
}

func (s *source) readLog(ctx context.Context, after event.Position, add func([]*Commit)) error {
	batch := make([]*Commit, 0, together)
	var failure error
	for r, err := range s.log.Commits(ctx, after) {
		if err == nil && r.Position != after+1 {
			err = fmt.Errorf("%w: %d comes after %d", errGap, r.Position, after)
		}
		if err != nil {
			failure = err
			break
		}
		after = r.Position
		if batch = append(batch, lasting(r, s.encode)); len(batch) == cap(batch) {
			add(batch)
			batch = batch[:0]
		}
	}
	add(batch)
	return failure
}

func rest(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
