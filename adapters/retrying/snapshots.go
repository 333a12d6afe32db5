package retrying

import (
	"context"
	"iter"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Snapshots tries again what a store of snapshots could not save. It is a
// ports.SnapshotStore.
func Snapshots(store ports.SnapshotStore, p Policy) ports.SnapshotStore {
	return snapshots{SnapshotStore: store, policy: p}
}

type snapshots struct {
	ports.SnapshotStore
	policy Policy
}

// Save implements ports.SnapshotStore.
func (s snapshots) Save(
	ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace ports.Pace,
) (int64, error) {
	records = caller(records)
	return do(ctx, s.policy, func() (int64, error) { return s.SnapshotStore.Save(ctx, at, records, pace) })
}
