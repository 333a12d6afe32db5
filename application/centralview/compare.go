package centralview

import (
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Comparison compares the saved view with the log, which its caller reads from the first
// commit.
type Comparison struct {
	saved projection.Saved
	found bool
	fold  *View
	seen  event.Position
}

// Compare begins a comparison with the newest checkpoint, if there is one.
func Compare(ctx context.Context, checkpoints ports.CheckpointStore) (*Comparison, error) {
	saved, found, err := projection.ReadSaved(ctx, checkpoints, Name, func() projection.Target { return New() })
	return &Comparison{saved: saved, found: found, fold: New()}, err
}

// Next adds the next commit of the log.
func (c *Comparison) Next(ctx context.Context, commit ports.Recorded) error {
	c.seen = commit.Position
	if !c.found {
		return nil
	}
	events := make([]ports.StreamEvent, 0, len(commit.Events))
	for i := range commit.Events {
		e := ports.StreamEvent{Position: commit.Position, Index: i, Event: commit.Events[i]}
		if c.saved.Has(&e) {
			events = append(events, e)
		}
	}
	_, err := c.fold.Handle(ctx, events, commit.Position)
	return err
}

// End returns the number of items of the saved view, 0 if there is none. An error is a difference
// between the saved view and the log, or between its totals and their items.
func (c *Comparison) End(ctx context.Context) (int, error) {
	if !c.found {
		return 0, nil
	}
	view := c.saved.Target.(*View)
	checked, err := view.Check(ctx, func(stock.Key) stock.Levels { return stock.Levels{} })
	switch difference := view.Diff(c.fold); {
	case err != nil:
		return 0, err
	case c.saved.Position > c.seen:
		return 0, fmt.Errorf("the saved central view is at position %d, the log ends at %d", c.saved.Position, c.seen)
	case !checked.Balanced():
		return 0, fmt.Errorf("the saved central view: SKU %q: %s", checked.Differences[0].SKU, checked.Differences[0].Problem)
	case difference != "":
		return 0, errors.New("the saved central view is not what the log leads to: " + difference)
	}
	return checked.Items, nil
}
