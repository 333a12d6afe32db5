package subscription

import (
	"context"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Runners read the log for subscriptions. Each has a runner with a name, which keeps its
// position. All methods may be called at the same time, but one at a time for a name.
type Runners interface {
	// Run starts to hand the wanted events to a publisher. It returns at once. The runner
	// continues after failures, until Pause or End; or until the publisher returns
	// ports.ErrGone, which is equal to Pause.
	Run(run Run)

	// Touch lets the runner save Run.Kept soon. A name without a runner is no error.
	Touch(name string)

	// Kept returns the last save of Run.Kept, for a name without a runner; nil for nothing.
	Kept(ctx context.Context, name string) ([]byte, error)

	// Pause stops a runner and returns when no delivery is under way. The next Run
	// continues from there. A name without a runner is no error.
	Pause(ctx context.Context, name string) error

	// End stops a runner like Pause, and deletes the checkpoint and dead letters of the
	// name. A name without them is no error.
	End(ctx context.Context, name string) error
}

// Run is what a runner does.
type Run struct {
	Name        string
	After       event.Position // where it begins without a checkpoint of the name
	Wants       func(*ports.StreamEvent) bool
	To          ports.Publisher
	MaxInFlight int // calls of the publisher at a time, each with events of other streams
	Batch       ports.Batch
	Kept        projection.Kept // is saved with the checkpoints
}

// runnerPrefix begins the names of all runners of subscriptions.
const runnerPrefix = "webhook-"

// RunnerName returns the name of a subscription's runner, which its checkpoint, its dead letters
// and its projection have too.
func RunnerName(id string) string { return runnerPrefix + id }
