package snapshot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// component names this package in incidents.
const component = "snapshot"

// Restore returns the state after the newest snapshot that is whole and of the log
// at hand, or an empty state if there is none. A snapshot that cannot be used is
// reported; the log has all that it said. The state gets the index.
func Restore(
	ctx context.Context, snapshots ports.SnapshotStore, index ports.QueryIndex, feed ports.EventFeed,
	report ports.Reporter,
) (*inventory.State, error) {
	list, err := snapshots.List(ctx)
	if err != nil && ctx.Err() == nil {
		report(ports.Incident{
			Component: component, Message: "the snapshots cannot be listed: the start reads the whole log",
			Err: err, Severe: true,
		})
		return inventory.NewState(index), nil
	}
	for _, info := range list {
		state, err := build(snapshots.Records(ctx, info.At), index, func(begun beginning) error {
			if begun.position != info.At {
				return fmt.Errorf("it is the snapshot at position %d", begun.position)
			}
			return belongs(ctx, feed, begun)
		})
		if err == nil {
			return state, nil
		}
		if ctx.Err() != nil {
			break
		}
		report(ports.Incident{
			Component: component,
			Message:   "a snapshot cannot be used: the start uses an older one or reads the log",
			Detail:    strings.TrimSpace(fmt.Sprintf("position %d %s", info.At, info.Name)),
			Err:       err,
			Severe:    true,
		})
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("load snapshot: %w", err)
	}
	return inventory.NewState(index), nil
}

// belongs reports whether the log has the commit that a snapshot ends with.
func belongs(ctx context.Context, feed ports.EventFeed, begun beginning) error {
	id, err := commitAt(ctx, feed, begun.position)
	if err == nil && id != begun.commit {
		err = errors.New("it is the snapshot of another log")
	}
	return err
}

// commitAt is the id of the commit at a position.
func commitAt(ctx context.Context, feed ports.EventFeed, at event.Position) (string, error) {
	for c, err := range feed.Commits(ctx, at-1) {
		if err != nil {
			return "", fmt.Errorf("read log: %w", err)
		}
		return c.ID, nil
	}
	return "", fmt.Errorf("the log ends before position %d", at)
}
