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
	// *TooLateError, *LimitError, *TooLargeError or *MalformedCommitError. A refused
	// commit does not stop the others; a commit that builds on a refused one conflicts,
	// even if another writer has written the version that it expects.
	//
	// With an error no commit has a fate of its own. After ErrOutcomeUnknown each of
	// them may or may not be durable. The store then takes no commits until it has
	// found out by itself; the first CatchUp that succeeds afterwards is the proof, and
	// CommitByID then finds exactly the commits that are durable: the others never
	// will be. After any other error (ErrUnavailable, ErrReadOnly, ErrBusy, the
	// context's) nothing was written. A context that ends before the writing begins
	// prevents it; later it has no effect.
	Append(ctx context.Context, commits []Commit) ([]Appended, error)

	// Stream reads one stream's durable events from version from on, towards
	// the order's end. From 0 means the end where the order begins: version 1
	// for Oldest, the newest for Newest. A stream that does not exist is empty.
	// An error ends the iteration; breaking off early leaks nothing. Events
	// appended during an iteration may or may not be part of it.
	Stream(ctx context.Context, stream event.StreamID, from event.Version, order Order) iter.Seq2[StreamEvent, error]

	// CommitByKey finds the durable commit that carries an idempotency key. The store
	// knows a key for at least twice its key lifetime, from the commit's time to the time
	// of the log's last commit, and longer if it can. What a key means once its lifetime
	// is over, the caller decides. Append refuses every key that CommitByKey finds.
	CommitByKey(ctx context.Context, key string) (Recorded, bool, error)

	// CommitByID finds the durable commit with an ID among those with a position greater
	// than after. It may read all of these, so after should be near.
	CommitByID(ctx context.Context, id string, after event.Position) (Recorded, bool, error)

	// CatchUp is the read barrier of linearizable reads (Raft's ReadIndex): when it
	// returns, all methods show every commit that was acknowledged by any writer before it
	// was called. It returns the position of the last commit of another writer, as far
	// as this store knows: 0 where it is the log's only writer, which costs nothing.
	// Errors are ErrUnavailable, ErrFailed, ErrBusy and the context's.
	CatchUp(ctx context.Context) (event.Position, error)

	// CloseTimestamp closes the time t for decisions, in the sense of CockroachDB's closed
	// timestamps: when it returns, no writer's commit that was decided before t, or whose
	// ValidUntil is not later than t, is written any more, and a CatchUp that begins
	// afterwards shows those that were written. Readers may then rely on every deadline up to t. A time
	// that is closed already costs nothing. Errors are those of CatchUp.
	CloseTimestamp(ctx context.Context, t time.Time) error

	// Head returns the end of the log as this store knows it. It is cheap: memory only.
	Head() Head

	// Properties returns facts that hold from the store's opening to its end.
	Properties() Properties

	// Status returns the store's condition, for health checks and metrics. Errors are
	// ErrUnavailable, if the condition cannot be found out, and the context's.
	Status(ctx context.Context) (StoreStatus, error)

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
	// and ask again. A caller may abandon the channel.
	Grown(after event.Position) <-chan struct{}
}

// Commit is all events of one command, on one or more streams: written
// together or not at all.
type Commit struct {
	ID        string
	Time      time.Time // of the decision; the store never lets it run backwards
	Actor     string
	RequestID string

	// Key is the command's idempotency key, empty for none. A key that the store
	// knows is not written again, also after its lifetime. Fingerprint and Result
	// (one JSON value or empty) are what a repetition is judged by and answered
	// with; they share the commit's fate.
	Key         string
	Fingerprint string
	Result      []byte

	// ValidUntil is the earliest deadline that the decision relied on not having
	// come, zero for none. A commit that is not sealed before it, by the clock
	// that decisions are made by, is not written and must be decided again.
	ValidUntil time.Time

	// Tokens are those of the leases that the writer held. A token lower than
	// one that the log has seen for the same stream is refused.
	Tokens []FencingToken

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
	Data    []byte // one JSON object
}

// FencingToken is the token of a lease on one stream. Tokens of a stream ascend from
// lease to lease, so that the log can refuse a writer whose lease was taken over.
type FencingToken struct {
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
	Time     time.Time // the commit's in the log: not before that of the commit before it
	Err      error
}

// Order is the direction in which a stream is read.
type Order int

// The orders of a stream.
const (
	Oldest Order = iota // oldest first
	Newest              // newest first
)

// Head is the end of a log.
type Head struct {
	Position event.Position // of the last durable commit, 0 for an empty log
	Time     time.Time      // the latest time that any writer has used: no decision may be made at an earlier one
	Token    int64          // the highest fencing token in the log
}

// Properties are facts about a store that hold while it is open.
type Properties struct {
	Kind           string // the adapter, for example "json"
	SeveralWriters bool   // other processes may write to the log
	Limits         CommitLimits
	// KeyLifetime is how long after its commit an idempotency key is answered with the
	// outcome of that commit. The store knows keys for at least twice as long.
	KeyLifetime time.Duration
}

// StoreStatus is a store's condition.
type StoreStatus struct {
	Position event.Position // of the last durable commit
	ReadOnly bool           // reads work, writes give ErrReadOnly
	Failed   bool           // the store takes no writes any more, for good
	Detail   string         // the reason in words, if ReadOnly or Failed
	Queued   int            // commits that wait to be written
	Events   int64          // in the log
	Tables   []Table        // what the store keeps in memory, bounded
	Details  StoreDetails   // what this kind of store knows beyond that
}

// StoreDetails are facts that not every kind of store has; the zero value means "unknown".
type StoreDetails struct {
	Bytes int64  // of the log
	Hash  string // of the last durable commit, where the commits form a hash chain
}

// The names of a store's tables.
const (
	KeysTable    = "idempotency keys"
	ChangedTable = "changed streams" // that the index on disk does not have yet
)

// The names of tables that no store has, but the service.
const (
	LiveTable = "live streams" // items, open reservations and transfers, and closed ones not yet indexed
	OpenTable = "open reservations and transfers"
	// ClientTable is for each client a table of its own, which no status shows.
	ClientTable = "open reservations and transfers of one client"
)

// Table is a table in memory or a collection of documents.
type Table struct {
	Name    string // as in LimitError
	Entries int
	Limit   int // 0: none
}

// nearlyFull is the share of a table's limit from which it is nearly full.
const nearlyFull = 0.8

// NearlyFull reports whether at least four fifths of a table's limit are in use.
func (t Table) NearlyFull() bool {
	return t.Limit > 0 && float64(t.Entries) >= nearlyFull*float64(t.Limit)
}
