package projection

import (
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// loader finds the checkpoint at which a runner begins.
type loader struct {
	projection string
	empty      func() Target
	from       event.Position // without a checkpoint
	store      ports.CheckpointStore
	feed       ports.EventFeed
	head       func() event.Position
	reports    *reporter
}

// load returns the newest checkpoint that can be used, or an empty one.
func (l *loader) load(ctx context.Context) (checkpoint, error) {
	c, found, err := l.newest(ctx)
	if err != nil {
		return checkpoint{}, fmt.Errorf("load checkpoint: %w", err)
	}
	if !found {
		return l.none(), nil
	}
	// A view may hold events that the log does not have. A receiver has had all events
	// that the log does have, so a publisher continues.
	_, publishes := c.target.(publishing)
	if head := l.head(); c.Position > head {
		l.reports.incident(badCheckpoint, fmt.Errorf("the checkpoint is at position %d, but the log ends at %d", c.Position, head))
		c.endAt(head)
	} else if l.ofThisLog(ctx, &c.record) {
		return c, nil
	} else {
		l.reports.incident(badCheckpoint, fmt.Errorf("the checkpoint is of another log: its commit at position %d differs", c.Position))
	}
	if publishes {
		return c, nil
	}
	return l.none(), nil
}

// newest reads the newest checkpoint that is whole, and reports those that are not. It
// returns false if there is none, and fails if a newer version wrote one.
func (l *loader) newest(ctx context.Context) (checkpoint, bool, error) {
	list, err := l.store.List(ctx, l.projection)
	if err != nil {
		return checkpoint{}, false, err
	}
	for _, info := range list {
		c, refused, err := readCheckpoint(ctx, l.store, l.projection, info.Generation, l.empty())
		if err != nil || refused == nil {
			return c, err == nil, err
		}
		if _, newer := errors.AsType[*ports.NewerFormatError](refused); newer {
			return checkpoint{}, false, refused // an older one has less progress, and later ones would replace it
		}
		l.reports.incident(badCheckpoint, refused)
	}
	return checkpoint{}, false, nil
}

// none is where a projection without a checkpoint begins.
func (l *loader) none() checkpoint {
	c := checkpoint{record: newRecord(l.projection), target: l.empty()}
	c.Position = l.from
	return c
}

// ofThisLog reports whether the log has the commit that a checkpoint ends with, which its
// time tells. A log that cannot be read is not a reason to refuse the checkpoint.
func (l *loader) ofThisLog(ctx context.Context, r *record) bool {
	if r.Position == 0 || r.Time.IsZero() {
		return true
	}
	for c, err := range l.feed.Commits(ctx, r.Position-1) {
		return err != nil || c.Time.Equal(r.Time)
	}
	return true
}
