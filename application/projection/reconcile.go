package projection

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/ports"
)

// reconcile makes the dead letters agree with the state after a checkpoint was loaded. A crash
// may leave dead letters that are no longer needed, or that are ahead of the checkpoint.
func reconcile(ctx context.Context, letters *deadLetters, s *state, log Log) error {
	for letter, err := range letters.all(ctx) {
		if err != nil {
			return err
		}
		if !s.adopt(&letter) {
			letters.remove(ctx, letter.Event.ID())
		}
	}
	for stream, at := range s.blocked.streams {
		if !at.Parked {
			continue
		}
		_, kept, err := letters.get(ctx, at.event())
		if err == nil && !kept {
			var e ports.StreamEvent
			if e, err = readEvent(ctx, log, stream, at.Version); err == nil {
				letters.park(ctx, &e, at)
			}
		}
		if err != nil {
			return fmt.Errorf("restore dead letter: %w", err)
		}
	}
	return nil
}
