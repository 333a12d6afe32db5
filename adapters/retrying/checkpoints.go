package retrying

import (
	"context"
	"iter"

	"github.com/onhand/onhand/ports"
)

// Checkpoints tries again what a store of checkpoints could not save. It is a
// ports.CheckpointStore.
func Checkpoints(store ports.CheckpointStore, p Policy) ports.CheckpointStore {
	return checkpoints{CheckpointStore: store, policy: p}
}

type checkpoints struct {
	ports.CheckpointStore
	policy Policy
}

// Save implements ports.CheckpointStore.
func (c checkpoints) Save(
	ctx context.Context, name string, records iter.Seq2[[]byte, error], pace ports.Pace,
) (int64, error) {
	records = caller(records)
	return do(ctx, c.policy, func() (int64, error) { return c.CheckpointStore.Save(ctx, name, records, pace) })
}
