package projection

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Saved is a checkpoint that nobody goes on from.
type Saved struct {
	Position event.Position
	Target   Target // as it was saved

	standing standing
}

// ReadSaved reads the newest checkpoint of a projection; false if there is none. One
// that is damaged is an error, also where an older one would do.
func ReadSaved(ctx context.Context, checkpoints ports.CheckpointStore, name string, make func() Target) (Saved, bool, error) {
	list, err := checkpoints.List(ctx, name)
	if err == nil && len(list) == 0 {
		return Saved{Target: make(), standing: newStanding(name)}, false, nil
	}
	var c checkpoint
	if err == nil {
		var refused error
		c, refused, err = readCheckpoint(ctx, checkpoints, name, list[0].Generation, make())
		err = cmp.Or(err, refused)
	}
	if err != nil {
		return Saved{}, false, fmt.Errorf("read checkpoint of %s: %w", name, err)
	}
	return Saved{Position: c.Position, Target: c.target, standing: c.standing}, true, nil
}

// Has tells whether an event of the log had been handled when the checkpoint was
// saved.
func (s *Saved) Has(e *ports.StreamEvent) bool {
	at := s.standing.Still[e.Stream]
	switch {
	case at != nil && e.Version >= at.Version, slices.Contains(s.standing.GivenUp[e.Stream], e.Version):
		return false
	case e.Position <= s.Position:
		return true
	}
	return e.Version <= s.standing.Handled[e.Stream]
}
