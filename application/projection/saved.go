package projection

import (
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
	var s standing
	var target Target
	var end func() error
	begin := func() ports.SnapshotReader {
		s = newStanding(name)
		target = make()
		var inner ports.SnapshotReader
		inner, end = target.Reader()
		return reader(name, &s, inner)
	}
	var damage error
	found, err := checkpoints.Load(ctx, name, begin, func(why error) { damage = why })
	if err == nil {
		err = damage
	}
	if err == nil && found {
		err = end()
	}
	if err != nil {
		return Saved{}, false, fmt.Errorf("read checkpoint of %s: %w", name, err)
	}
	return Saved{Position: s.Position, Target: target, standing: s}, found, nil
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
