package ports

import (
	"context"
	"iter"
)

// CheckpointStore keeps checkpoints: how far each projection has come, and what it has built
// so far. A checkpoint is a list of records, as a snapshot is. You can delete checkpoints: a
// projection without one begins with the first commit. A name is any text; two different
// names never share a checkpoint.
//
// All methods may be called at the same time, and from several processes, but only one
// process calls Save and Delete of a name, once at a time.
type CheckpointStore interface {
	// Save stores records as the newest generation of a name's checkpoint and returns its
	// size in bytes. It returns only after the checkpoint is durable; it is stored whole or
	// not at all. Save may keep some earlier generations as spares.
	//
	// The rules for records, pace and errors are those of SnapshotStore.Save.
	Save(ctx context.Context, name string, records iter.Seq2[[]byte, error], pace Pace) (int64, error)

	// List returns the stored generations of a name's checkpoint, the newest first. It does
	// not read them: a damaged one is listed too.
	List(ctx context.Context, name string) ([]CheckpointInfo, error)

	// Records returns the records of one generation, in their order. The rules for errors,
	// and for how long a record stays valid, are those of SnapshotStore.Records.
	Records(ctx context.Context, name string, generation int64) iter.Seq2[[]byte, error]

	// Delete removes all generations of a name's checkpoint, durably. A name without a
	// checkpoint is no error.
	Delete(ctx context.Context, name string) error
}

// CheckpointInfo is what a store knows of one generation of a checkpoint without reading it.
type CheckpointInfo struct {
	Generation int64 // higher than those of the earlier ones
	Bytes      int64
}
