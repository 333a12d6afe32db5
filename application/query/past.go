package query

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Past says which past of an aggregate is meant: at Version, or else at the time
// AsOf.
type Past struct {
	Version event.Version // 0: AsOf counts
	AsOf    time.Time     // log time, or the wall clock's where these differ with an operator's consent
}

// FutureError refuses to read a time that has not come: what happens until then could still change
// the answer.
type FutureError struct{ AsOf, Now time.Time }

func (e *FutureError) Error() string {
	return fmt.Sprintf("asOf %s is later than the time of the service, %s: send a time that has come, with its time zone",
		e.AsOf.UTC().Format(event.TimeLayout), e.Now.UTC().Format(event.TimeLayout))
}

// known returns *FutureError if p means a time after now.
func (p Past) known(now time.Time) error {
	if p.Version == 0 && p.AsOf.After(now) {
		return &FutureError{AsOf: p.AsOf, Now: now}
	}
	return nil
}

// version finds the newest version of a stream that had happened at AsOf, 0 for
// none; newest is the stream's version now. The times of a stream never run
// backwards, so it is found by halving.
func (p Past) version(
	ctx context.Context, store ports.EventStore, stream event.StreamID, newest event.Version,
) (event.Version, error) {
	before, after := event.Version(0), newest // at before it had happened, at after it had not
	for before+1 < after {
		middle := before + (after-before)/2
		e, _, err := eventAt(ctx, store, stream, middle)
		if err != nil {
			return 0, err
		}
		if e.Time.After(p.AsOf) {
			after = middle
		} else {
			before = middle
		}
	}
	return before, nil
}

// eventAt reads the event that brought a stream to a version; false if there is
// none.
func eventAt(
	ctx context.Context, store ports.EventStore, stream event.StreamID, version event.Version,
) (ports.StreamEvent, bool, error) {
	for e, err := range store.Stream(ctx, stream, version, ports.Newest) {
		if err != nil {
			return ports.StreamEvent{}, false, fmt.Errorf("read the past: %w", err)
		}
		return e, true, nil
	}
	return ports.StreamEvent{}, false, nil
}
