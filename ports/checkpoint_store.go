package ports

import (
	"context"
	"iter"
)

// CheckpointStore keeps how far each follower of the log has come, together with
// what it has built so far: its checkpoint, a list of records. Checkpoints can be
// deleted: whoever finds none begins with the first commit. Names are any
// text; two different ones never share a checkpoint. All methods may be called at
// the same time, but only one Save or Delete of a name.
type CheckpointStore interface {
	// Save keeps records as the checkpoint of a name, durably and whole or not at
	// all, in place of the one before, and returns their size in bytes. The one
	// before may be kept as a spare. A record is any bytes without a line break; it is
	// not kept beyond the iteration's step. Between pieces of work Save rests for
	// as long as pace says. An error, also one among the records or the
	// context's, leaves the earlier checkpoint as it was; ErrReadOnly that
	// there is no room. The records can be gone through again from the first, and are
	// the same then.
	Save(ctx context.Context, name string, records iter.Seq2[[]byte, error], pace Pace) (int64, error)

	// Load offers the checkpoint of a name to begin, and if that is damaged or
	// refused the spare ones, the newest first, until one is read whole; it
	// returns whether one was. For each it calls begin anew; a record goes through
	// Decode, in several goroutines at a time, and its result through Take, one
	// after the other in the order of the records. What was taken is right only
	// once Load returns true. One that is damaged, or that Decode or Take refuses,
	// is reported to refused. An error says that nothing could be read.
	Load(ctx context.Context, name string, begin func() SnapshotReader, refused func(why error)) (bool, error)

	// Delete forgets the checkpoint of a name and its spares, durably. It is no
	// error if there is none.
	Delete(ctx context.Context, name string) error
}
