package projection

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// checkpoint is a checkpoint that was read.
type checkpoint struct {
	record
	target Target
	size   int64 // in bytes
}

var errFirstRecord = errors.New("its first record is missing or comes twice")

// readCheckpoint reads one generation of a checkpoint into a new target. refused means that
// the checkpoint is damaged or not of this program, err that the store could not be read.
func readCheckpoint(
	ctx context.Context, store ports.CheckpointStore, name string, generation int64, into Target,
) (c checkpoint, refused, err error) {
	c.target = into
	begun := false
	refused = into.Restore(func(yield func([]byte, error) bool) {
		for line, problem := range store.Records(ctx, name, generation) {
			isFirst := bytes.HasPrefix(line, []byte(recordStart))
			switch {
			case problem != nil:
				if _, damaged := errors.AsType[*ports.CorruptError](problem); !damaged {
					err = problem
				}
			case isFirst == begun:
				problem = errFirstRecord
			case isFirst:
				begun = true
				c.record, problem = decodeRecord(name, line)
			}
			c.size += int64(len(line)) + 1
			if problem == nil && isFirst {
				continue
			}
			if !yield(line, problem) || problem != nil {
				return
			}
		}
	})
	if refused == nil && !begun {
		refused = errFirstRecord
	}
	return c, refused, err
}

// Saved is a checkpoint without a runner.
type Saved struct {
	Position event.Position
	Target   Target // as it was saved

	record record
}

// ReadSaved reads the newest checkpoint of a projection. It returns false if there is none.
// A damaged one is an error, even if an older one is not.
func ReadSaved(
	ctx context.Context, checkpoints ports.CheckpointStore, name string, empty func() Target,
) (Saved, bool, error) {
	list, err := checkpoints.List(ctx, name)
	if err == nil && len(list) == 0 {
		return Saved{Target: empty(), record: newRecord(name)}, false, nil
	}
	var c checkpoint
	if err == nil {
		var refused error
		c, refused, err = readCheckpoint(ctx, checkpoints, name, list[0].Generation, empty())
		err = cmp.Or(err, refused)
	}
	if err != nil {
		return Saved{}, false, fmt.Errorf("read checkpoint of %s: %w", name, err)
	}
	return Saved{Position: c.Position, Target: c.target, record: c.record}, true, nil
}

// Kept returns what the checkpoint keeps for the projection's owner, nil for nothing.
func (s *Saved) Kept() []byte { return s.record.Kept }

// Has reports whether an event of the log was handled before the checkpoint.
func (s *Saved) Has(e *ports.StreamEvent) bool { return s.record.has(e) }
