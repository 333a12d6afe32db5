package projection

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Dependencies are shared by all runners of a service.
type Dependencies struct {
	Feed        ports.EventFeed
	Log         Log
	Checkpoints ports.CheckpointStore
	DeadLetters ports.DeadLetterStore
	// Note appends to the log the decision to discard an event.
	Note   func(context.Context, ledger.Note) error
	Head   func() event.Position // of the last durable commit
	Now    func() time.Time
	Report ports.Reporter
}

// Retry returns the pause after a number of failed attempts, one or more. It returns
// false after the last attempt: the event becomes a dead letter.
type Retry func(attempts int) (time.Duration, bool)

// After makes a Retry of a list of delays. Each delay is lengthened by up to a half, at
// random.
func After(delays ...time.Duration) Retry {
	return func(attempts int) (time.Duration, bool) {
		if attempts > len(delays) {
			return 0, false
		}
		d := delays[attempts-1]
		return d + rand.N(d/2+1), true //nolint:gosec // spreads load, hides nothing
	}
}

// Kept is what the checkpoints of a projection keep for its owner. The runner calls it from its
// goroutine.
type Kept interface {
	// Encode returns it as JSON, nil for nothing.
	Encode() []byte
	// Restore is called with the result of Encode in the checkpoint that the runner has loaded, at
	// the start and again after faults of the target.
	Restore(text []byte)
}

// Options configure one runner. Name, New and Retry are required.
type Options struct {
	Name  string
	New   func() Target                 // makes an empty target
	From  event.Position                // where it begins without a checkpoint: after this position
	Wants func(*ports.StreamEvent) bool // selects events; nil selects all
	Retry Retry
	// Timeout limits one call of Target.Handle; 10 seconds by default.
	Timeout time.Duration
	// Together makes a refused event hold back all later events instead of its stream
	// alone. The event is tried for ever and never becomes a dead letter.
	Together bool
	// Parallel is the number of calls of Target.Handle at a time, each with events of other
	// streams; 0 means that the target gets all events in the order of the log.
	Parallel int
	// MaxEvents is the number of events of one of several calls at a time; 1 by default.
	MaxEvents int
	// MaxWait is how long an event waits for others until there are MaxEvents.
	MaxWait time.Duration
	// MaxBlocked is the number of streams that may wait for another attempt before
	// the whole projection waits; 1,000 by default.
	MaxBlocked int
	// Batch is the number of events of a batch; 1,024 by default.
	Batch int
	// SaveBytes is the volume of events after which a checkpoint is due, 4 MiB by
	// default. The size of the last checkpoint is the lower limit.
	SaveBytes int64
	// SaveAfter is the age of the oldest unsaved change at which a checkpoint is due;
	// 0 is never.
	SaveAfter time.Duration
	// Kept may be nil.
	Kept Kept
	// RestRatio is the rest between batches while the runner catches up, as a
	// multiple of the time that it works; 0 is no rest.
	RestRatio int
}

func (o Options) withDefaults() Options {
	if o.Wants == nil {
		o.Wants = func(*ports.StreamEvent) bool { return true }
	}
	o.MaxEvents = max(1, o.MaxEvents)
	if o.MaxBlocked == 0 {
		o.MaxBlocked = 1000
	}
	if o.Batch == 0 {
		o.Batch = 1024
	}
	if o.SaveBytes == 0 {
		o.SaveBytes = 4 << 20
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	return o
}
