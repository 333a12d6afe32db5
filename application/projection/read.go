package projection

import (
	"bytes"
	"context"
	"errors"

	"github.com/onhand/onhand/ports"
)

// checkpoint is what was read of one.
type checkpoint struct {
	standing
	target Target
	size   int64 // in bytes: the next checkpoint is not due before as much has happened
}

var errFirstRecord = errors.New("its first record is missing or comes twice")

// readCheckpoint reads one generation of a checkpoint into a new target. refused says that it
// is damaged or not what this program writes, and err that the store could not be read.
func readCheckpoint(ctx context.Context, store ports.CheckpointStore, name string, generation int64, into Target) (c checkpoint, refused, err error) {
	c.target = into
	begun := false
	refused = into.Restore(func(yield func([]byte, error) bool) {
		for record, problem := range store.Records(ctx, name, generation) {
			isFirst := bytes.HasPrefix(record, []byte(standingStart))
			switch {
			case problem != nil:
				if _, damaged := errors.AsType[*ports.CorruptError](problem); !damaged {
					err = problem
				}
			case isFirst == begun:
				problem = errFirstRecord
			case isFirst:
				begun = true
				c.standing, problem = readStanding(name, record)
			}
			c.size += int64(len(record)) + 1
			if problem == nil && isFirst {
				continue
			}
			if !yield(record, problem) || problem != nil {
				return
			}
		}
	})
	if refused == nil && !begun {
		refused = errFirstRecord
	}
	return c, refused, err
}
