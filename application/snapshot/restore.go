package snapshot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// component names this package in incidents.
const component = "snapshot"

// Restore returns the state after the newest snapshot that is whole and of the log
// at hand, or an empty state if there is none. A snapshot that cannot be used is
// reported; the log has all that it said. The state gets the index, which is brought up to what it
// needs; nil is none.
func Restore(
	ctx context.Context, snapshots ports.SnapshotStore, index ports.QueryIndex, log ports.EventFeed,
	report ports.Reporter,
) (*inventory.State, error) {
	state, indexed, err := newest(ctx, snapshots, index, log, report)
	if err != nil || index == nil {
		return state, err
	}
	need := indexing.Need{Mark: indexed, At: state.BuiltFrom()}
	return state, indexing.Prepare(ctx, index, log, need, report)
}

// newest returns the state after the newest snapshot that can be used, and the position of the mark
// that its index needs.
func newest(
	ctx context.Context, snapshots ports.SnapshotStore, index ports.QueryIndex, log ports.EventFeed,
	report ports.Reporter,
) (*inventory.State, event.Position, error) {
	list, err := snapshots.List(ctx)
	if err != nil && ctx.Err() == nil {
		report(ports.Incident{
			Component: component, Message: "the snapshots cannot be listed: the start reads the whole log",
			Err: err, Severe: true,
		})
		return inventory.NewState(index), 0, nil
	}
	for _, info := range list {
		var first beginning
		state, err := build(snapshots.Records(ctx, info.At), index, func(begun beginning) error {
			if first = begun; begun.position != info.At {
				return fmt.Errorf("it is the snapshot at position %d", begun.position)
			}
			return belongs(ctx, log, begun)
		})
		if err == nil {
			return state, first.indexed, nil
		}
		if ctx.Err() != nil {
			break
		}
		_, isNewer := errors.AsType[*ports.NewerFormatError](err)
		report(ports.Incident{
			Component: component,
			Message:   "a snapshot cannot be used: the start uses an older one or reads the log",
			Detail:    strings.TrimSpace(fmt.Sprintf("position %d %s", info.At, info.Name)),
			Err:       err,
			Severe:    !isNewer,
		})
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, fmt.Errorf("load snapshot: %w", err)
	}
	return inventory.NewState(index), 0, nil
}

// belongs reports whether the log has the commit that a snapshot ends with.
func belongs(ctx context.Context, log ports.EventFeed, begun beginning) error {
	id, err := feed.CommitID(ctx, log, begun.position)
	if err == nil && id != begun.commit {
		err = errors.New("it is the snapshot of another log")
	}
	return err
}
