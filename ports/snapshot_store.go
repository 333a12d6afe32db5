package ports

import (
	"context"
	"iter"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// SnapshotStore keeps saved folds of the log, each a list of records. They spare
// time and hold nothing that the log does not: whoever deletes them loses
// nothing. All methods may be called at the same time, but only one Save.
type SnapshotStore interface {
	// Save keeps records as the snapshot at a position, durably and whole or not
	// at all. It forgets older snapshots but for two or more, and those of later
	// positions, which are of another history than the log's. It returns the
	// size in bytes. A record is any bytes without a line break; it is not
	// kept beyond the iteration's step. Between pieces of work Save rests for as
	// long as pace says. An error, also one among the records or the context's,
	// leaves the earlier snapshots as they were; ErrReadOnly that there is no
	// room. The records can be gone through again from the first, and are the same
	// then: who tries again does so.
	Save(ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace Pace) (int64, error)

	// Load offers the snapshots to begin, the newest first, until one is read
	// whole, and returns its position, or 0 if there is none. For each it calls
	// begin anew; a record goes through Decode, in several goroutines at a time,
	// and its result through Take, one after the other in the order of the
	// records. What was taken is right only once Load returns that position: a
	// snapshot that is damaged, or that Decode or Take refuses, is reported to
	// refused and the one before it offered. Another error says that nothing
	// could be read.
	Load(ctx context.Context, begin func(at event.Position) SnapshotReader, refused func(at event.Position, why error)) (event.Position, error)

	// List tells which snapshots there are, the newest first, damaged ones too.
	List(ctx context.Context) ([]SnapshotInfo, error)

	// Records reads the records of one snapshot in their order. A record is valid
	// until the next; an error, also that the snapshot is damaged, ends them.
	Records(ctx context.Context, at event.Position) iter.Seq2[[]byte, error]
}

// SnapshotInfo is what is known of a snapshot without reading it.
type SnapshotInfo struct {
	At    event.Position
	Bytes int64
	Name  string // what people find it by, such as a file's path; empty where it has none
}

// SnapshotReader reads the records of one snapshot.
type SnapshotReader struct {
	Decode func(record []byte) (any, error) // must not keep the record
	Take   func(any) error
}

// Pace tells how long to rest after some time of work, so that work in the
// background leaves room for others; nil is not at all.
type Pace func(worked time.Duration) (rest time.Duration)
