package leadership

import (
	"context"
	"iter"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Checkpoints saves only while this process leads. Elsewhere a save does nothing: a
// projection that each process has for itself need not be found again.
func Checkpoints(store ports.CheckpointStore, d *Duties) ports.CheckpointStore {
	return checkpoints{store, d}
}

type checkpoints struct {
	ports.CheckpointStore
	duties *Duties
}

// Save implements ports.CheckpointStore.
func (c checkpoints) Save(
	ctx context.Context, name string, records iter.Seq2[[]byte, error], pace ports.Pace,
) (int64, error) {
	ctx, cancel, leads := c.duties.during(ctx)
	defer cancel()
	if !leads {
		return 0, nil
	}
	return c.CheckpointStore.Save(ctx, name, records, pace)
}

// Delete implements ports.CheckpointStore.
func (c checkpoints) Delete(ctx context.Context, name string) error {
	ctx, cancel, leads := c.duties.during(ctx)
	defer cancel()
	if !leads {
		return nil
	}
	return c.CheckpointStore.Delete(ctx, name)
}

// Snapshots saves only while this process leads; elsewhere a save is ErrNotLeader.
func Snapshots(store ports.SnapshotStore, d *Duties) ports.SnapshotStore {
	return snapshots{store, d}
}

type snapshots struct {
	ports.SnapshotStore
	duties *Duties
}

// Save implements ports.SnapshotStore.
func (s snapshots) Save(
	ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace ports.Pace,
) (int64, error) {
	ctx, cancel, leads := s.duties.during(ctx)
	defer cancel()
	if !leads {
		return 0, ports.ErrNotLeader
	}
	return s.SnapshotStore.Save(ctx, at, records, pace)
}
