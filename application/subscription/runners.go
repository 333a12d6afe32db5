package subscription

import (
	"context"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Runners read the log for subscriptions, one each, by name, and keep how far they
// have come. All methods may be called at the same time, but one at a time for a name.
type Runners interface {
	// Run begins to hand over the events that are wanted, those behind the
	// checkpoint of that name or, without one, behind a position, and returns at
	// once. It goes on in the background until Pause or End, over failures; or
	// until to says ports.ErrGone, which is as good as a Pause.
	Run(name string, after event.Position, want func(*ports.StreamEvent) bool, to ports.Publisher)

	// Pause stops what Run began and returns when nothing is under way. The next Run
	// goes on from there. It is no error if nothing runs.
	Pause(ctx context.Context, name string) error

	// End is Pause, and forgets the checkpoint and dead letters of that name. It is no
	// error if there are none.
	End(ctx context.Context, name string) error
}

// runnerPrefix begins the names under which subscriptions run.
const runnerPrefix = "webhook-"

// RunnerName is the name under which a subscription runs: of its checkpoint, its dead
// letters and its line in the list of projections.
func RunnerName(id string) string { return runnerPrefix + id }
