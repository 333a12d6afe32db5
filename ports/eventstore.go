package ports

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// EventStore keeps the log: the append-only sequence of commits from which
// every number follows. All methods may be called at the same time.
type EventStore interface {
	// Append writes commits in the given order, each whole or not at all, and
	// returns only after the written ones are durable: no later power loss,
	// kill or full disk takes them back. Until then no method shows them.
	//
	// Without an error there is one Appended per commit, in order. Its Err is
	// nil (the commit is durable at its Position) or says why this commit alone
	// was not written: *ConflictError, *DuplicateKeyError, *StaleTokenError,
	// *TooLateError or *LimitError. A refused commit does not stop the others; a commit that
	// builds on a refused one conflicts, also where somebody else has written the version
	// that it expects.
	//
	// With an error none of the commits has a known fate of its own: after
	// ErrOutcomeUnknown they may or may not be durable, and only a restart of
	// the store tells; after any other error (ErrUnavailable, ErrReadOnly,
	// ErrLocked, *TooLargeError, *MalformedCommitError, the context's) nothing was written.
	// A context that ends before the writing begins prevents it; later it has
	// no effect.
	Append(ctx context.Context, commits []Commit) ([]Appended, error)

	// Stream reads one stream's durable events from version from on, towards
	// the order's end. From 0 means the end where the order begins: version 1
	// for Oldest, the newest for Newest. A stream that does not exist is empty.
	// An error ends the iteration; breaking off early leaks nothing. Events
	// appended during an iteration may or may not be part of it.
	Stream(ctx context.Context, stream event.StreamID, from event.Version, order Order) iter.Seq2[StreamEvent, error]

	// CommitByKey finds the durable commit that carries an idempotency key. A
	// key is remembered until the store's key lifetime has passed since its
	// commit's time, as seen from at, and never forgotten earlier.
	CommitByKey(ctx context.Context, key string, at time.Time) (Recorded, bool, error)

	// Refresh makes all methods show at least what was durable when it was called, also
	// what other processes have written, and returns the last position that one of those
	// wrote, as far as this store knows: 0 where it is the log's only writer, which is
	// told without any delay. Nothing that was acknowledged to anybody before is missing.
	//
	// A time that is not zero is settled: when Refresh returns, all commits that any
	// process keeps although they were decided before it are shown, and none is
	// written any more whose ValidUntil is not later. Errors are ErrUnavailable,
	// ErrLocked and the context's.
	Refresh(ctx context.Context, settled time.Time) (foreign event.Position, err error)

	// SaveIndex saves what lets the store open faster at the end that it has
	// now; a store that has no use for that does nothing. No other method shows
	// a difference, and none has to wait. It rests between pieces of work for as
	// long as pace says. After an error, also the context's, what was saved
	// earlier still serves.
	SaveIndex(ctx context.Context, pace Pace) error

	// Status tells where the log ends and whether it takes writes.
	Status() StoreStatus

	// Close waits for writes under way, makes the store's end durable and
	// releases it. Closing twice is harmless. Other calls then give
	// ErrUnavailable.
	io.Closer
}

// EventFeed reads the log in its order.
type EventFeed interface {
	// Commits reads the durable commits with a position greater than after, in
	// order and without gaps, up to the end that the log had when the iteration
	// came there. An error ends the iteration; breaking off early leaks nothing.
	Commits(ctx context.Context, after event.Position) iter.Seq2[Recorded, error]

	// Grown returns a channel that is closed at the latest when Commits(after)
	// gives a commit or an error: the log has grown beyond after, or does not
	// work any more. It may be closed earlier, once the log has grown at all: look
	// and ask again. Who stops waiting need not say so.
	Grown(after event.Position) <-chan struct{}
}

// Commit is all events of one command, on one or more streams: written
// together or not at all.
type Commit struct {
	ID        string
	Time      time.Time // of the decision; the store never lets it run backwards
	Actor     string
	RequestID string

	// Key is the command's idempotency key, empty for none. A key that a
	// remembered commit carries is not written again. Fingerprint and Result
	// (one JSON value or empty) are what a repetition is judged by and answered
	// with; they share the commit's fate.
	Key         string
	Fingerprint string
	Result      []byte

	// ValidUntil is the earliest deadline that the decision relied on not having
	// come, zero for none. A commit that is not sealed before it, by the clock
	// that decisions are made by, is not written and must be decided anew.
	ValidUntil time.Time

	// Epochs are the fencing tokens of the leases that the writer held. A token
	// lower than one that the log has seen for the same stream is refused.
	Epochs []Epoch

	// Events are one or more, the versions of each stream ascending without
	// gaps. The first event of a stream says which version it builds on: the
	// one below its own. There is no "any".
	Events []Event
}

// Event is one fact on its way to the log or from it.
type Event struct {
	Stream  event.StreamID
	Version event.Version
	Type    event.Type
	Time    time.Time
	Data    []byte // one JSON object without line breaks
}

// Epoch is the fencing token of a lease on one stream.
type Epoch struct {
	Stream event.StreamID
	Token  int64
}

// Recorded is a commit in the log. Its Time is the log's, never before that of
// the commit before. It has no ValidUntil: that has been kept.
type Recorded struct {
	Position event.Position
	Commit
}

// StreamEvent is an event in the log with what its commit says about it.
type StreamEvent struct {
	Position  event.Position
	Index     int // among the commit's events, from 0
	Actor     string
	RequestID string
	Event
}

// Appended is the fate of one commit of an Append.
type Appended struct {
	Position event.Position
	Err      error
}

// Order is the direction in which a stream is read.
type Order int

// The orders of a stream.
const (
	Oldest Order = iota // oldest first
	Newest              // newest first
)

// StoreStatus is what a store says about itself.
type StoreStatus struct {
	Kind     string         // the adapter, for example "json"
	Position event.Position // of the last durable commit
	Hash     string         // of the last durable commit, where the store has a chain
	LastUsed time.Time      // no decision may be made at an earlier time
	ReadOnly bool           // reads go on, writes give ErrReadOnly
	Failed   bool           // nothing works until a restart
	Detail   string         // why, in words, when ReadOnly or Failed
	Queued   int            // commits that wait to be written
	Events   int64          // in the log
	Bytes    int64          // of the log, 0 where the store has no measure of it
	Epoch    int64          // the highest fencing token in the log
	Tables   []Table        // what the store keeps in memory, bounded
}

// The names of a store's tables.
const (
	StreamsTable = "streams"
	KeysTable    = "idempotency keys"
)

// Table is a bounded table in memory.
type Table struct {
	Name    string // StreamsTable or KeysTable, as in LimitError
	Entries int
	Limit   int
}
