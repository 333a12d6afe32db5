package ports

import (
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Errors of a store that are not about a single commit.
var (
	// ErrOutcomeUnknown means that the commits may or may not be durable. EventStore's Append
	// says how the caller finds out.
	ErrOutcomeUnknown = errors.New("the outcome is not known")
	// ErrUnavailable means that the store does not work now; nothing was attempted.
	ErrUnavailable = errors.New("the store is unavailable")
	// ErrFailed means that this store has stopped for good, because it cannot vouch for the
	// state of the log: only a store that is opened after it can. It is an ErrUnavailable.
	ErrFailed = fmt.Errorf("%w: it has stopped for good", ErrUnavailable)
	// ErrBusy means that other writers kept the log for too long; nothing was attempted.
	ErrBusy = errors.New("other writers keep the log busy")
	// ErrInUse means that a store cannot be opened: another instance has it open, and the
	// adapter allows only one at a time. Nothing was changed.
	ErrInUse = errors.New("another instance has the store open")
	// ErrNotLeader means that only the leader among the processes that share the log does
	// this, and this process does not lead; nothing was attempted.
	ErrNotLeader = errors.New("another process is the leader")
	// ErrReadOnly means that the store takes no writes now (no space); nothing was written.
	ErrReadOnly = errors.New("the store is read-only")
)

// ConflictError means that the stream was not at the version that the commit builds on.
type ConflictError struct {
	Stream   event.StreamID
	Expected event.Version
	Actual   event.Version
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("stream %q is at version %d, not %d", string(e.Stream), e.Actual, e.Expected)
}

// DuplicateKeyError means that the store knows the idempotency key: a commit carries it.
// The key's lifetime may be over.
type DuplicateKeyError struct {
	Key string
}

func (e *DuplicateKeyError) Error() string { return fmt.Sprintf("key %q is taken", e.Key) }

// TooLateError means that a deadline which the commit relied on came before it could be written.
type TooLateError struct {
	ValidUntil time.Time
}

func (e *TooLateError) Error() string {
	return "too late: the decision was valid until " + e.ValidUntil.UTC().Format(time.RFC3339Nano)
}

// StaleTokenError means that the writer's lease on the stream was taken over.
type StaleTokenError struct {
	Stream  event.StreamID
	Token   int64
	Highest int64
}

func (e *StaleTokenError) Error() string {
	return fmt.Sprintf("fencing token %d on %q is stale, %d was seen", e.Token, string(e.Stream), e.Highest)
}

// LimitError means that a table is full, and its entries must not be forgotten.
type LimitError struct {
	Table string // such as LiveTable
	Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the limit of %d %s is reached", e.Limit, e.Table)
}

// TooLargeError means that a commit has, or would have, more events, bytes or streams than one commit may have.
type TooLargeError struct {
	What  string // "events", "bytes" or "streams"
	Size  int
	Limit int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("a commit of %d %s is over the limit of %d", e.Size, e.What, e.Limit)
}

// MalformedCommitError means that a commit breaks the rules of Commit, whatever the log
// holds. It is a programming error of the caller.
type MalformedCommitError struct {
	Problem string
}

func (e *MalformedCommitError) Error() string { return "malformed commit: " + e.Problem }

// CorruptError means that the stored data differs from the acknowledged data. Nothing was
// changed; an operator must look at the location, which the adapter names in the words
// of its store.
type CorruptError struct {
	Location string // for example a file and a line in it
	Problem  string
}

func (e *CorruptError) Error() string { return e.Location + ": " + e.Problem }

// NewerFormatError means that a newer version of the program wrote stored data that cannot be made
// again. It is no damage, and nothing was changed.
type NewerFormatError struct {
	Location string // as in CorruptError
	Format   int64  // of the data
	Known    int64  // the newest that this version reads
}

func (e *NewerFormatError) Error() string {
	return fmt.Sprintf("%s: a newer version of Onhand wrote it (format %d, this version reads %d): start that version or a later one",
		e.Location, e.Format, e.Known)
}
