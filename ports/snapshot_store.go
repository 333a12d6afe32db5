package ports

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// ErrNotStored means that a store of snapshots or checkpoints does not hold the one that was asked
// for. It may have held it a moment ago: a newer one has taken its place.
var ErrNotStored = errors.New("nothing is stored under this name")

// SnapshotStore keeps snapshots: saved folds of the log, each a list of records. They save
// time and hold nothing that the log does not hold; you can delete them at any time.
//
// A record is one JSON text (RFC 8259) without insignificant whitespace, or opaque bytes. A
// store that cannot keep certain bytes refuses them in Save with an error that says so, and
// keeps every JSON text.
//
// All methods may be called at the same time, and from several processes, but only one
// process calls Save, once at a time.
type SnapshotStore interface {
	// Save stores records as the snapshot at a position and returns its size in bytes. It
	// returns only after the snapshot is durable; the snapshot is stored whole or not at all.
	// A snapshot at the same position is replaced. Save removes older snapshots except the
	// latest two or more, and those at later positions, which belong to another history of
	// the log.
	//
	// A record is not kept after the iteration's step. Between pieces of work Save rests for
	// as long as pace says. An error, also one among the records or the context's, leaves the
	// earlier snapshots as they were; ErrReadOnly means that the store has no space. Save may
	// go through the records more than once; each time they are the same.
	Save(ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace Pace) (int64, error)

	// List returns the stored snapshots, the newest first. It does not read them: a damaged
	// snapshot is listed too.
	List(ctx context.Context) ([]SnapshotInfo, error)

	// Records returns the records of the snapshot at a position, in their order. An error
	// ends them: *CorruptError means that the snapshot is damaged, ErrNotStored that the
	// store does not hold it (any more), another error that the store could not read it.
	// Damage may be found after the last record only, so that the records count once the
	// iteration has ended without an error.
	//
	// A record stays valid and unchanged after the iteration's step, so that the caller can
	// decode several at a time. It may share memory with its neighbours: a caller that keeps
	// a part of it for long copies that part.
	Records(ctx context.Context, at event.Position) iter.Seq2[[]byte, error]
}

// SnapshotInfo is what a store knows of a snapshot without reading it.
type SnapshotInfo struct {
	At    event.Position
	Bytes int64
	Name  string // where an operator finds it, such as a file's path; empty if it has no such name
}

// Pace returns how long to rest after some time of work, so that work in the background
// leaves capacity for others. A nil Pace never rests.
type Pace func(worked time.Duration) (rest time.Duration)
