package projection

import (
	"context"
	"fmt"
	"iter"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Log reads streams, as ports.EventStore does.
type Log interface {
	Stream(
		ctx context.Context, stream event.StreamID, from event.Version, order ports.Order,
	) iter.Seq2[ports.StreamEvent, error]
}

// readEvent reads one event of a stream.
func readEvent(
	ctx context.Context, log Log, stream event.StreamID, version event.Version,
) (ports.StreamEvent, error) {
	for e, err := range log.Stream(ctx, stream, version, ports.Oldest) {
		if err != nil {
			return e, fmt.Errorf("read log: %w", err)
		}
		return e, nil
	}
	return ports.StreamEvent{}, fmt.Errorf("read log: stream %q has no version %d", string(stream), version)
}
