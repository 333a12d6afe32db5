package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Errors of commands that were not tried or have no outcome yet.
var (
	// ErrOverloaded means that too many commands wait already; nothing was attempted.
	ErrOverloaded = errors.New("too many commands are waiting")
	// ErrClosed means that the ledger takes no more commands; nothing was attempted.
	ErrClosed = errors.New("the ledger is closed")
	// ErrKeyInFlight means that a command with the same idempotency key has no outcome yet.
	ErrKeyInFlight = errors.New("a command with this idempotency key is in flight")
	// ErrKeyReused means that the idempotency key belongs to another command and lives.
	ErrKeyReused = errors.New("the idempotency key was used for another command")
	// ErrBehind means that the requested position is not visible yet.
	ErrBehind = errors.New("the position is not reached yet")
)

// KeyExpiredError means that the idempotency key belongs to a commit, and that its lifetime is
// over. The content of the command was not compared, and nothing was written.
type KeyExpiredError struct {
	Position event.Position // of the commit
	Time     time.Time      // of the commit
}

func (e *KeyExpiredError) Error() string {
	return fmt.Sprintf("the idempotency key has expired: the write that used it is at position %d of the log, since %s",
		e.Position, e.Time.UTC().Format(event.TimeLayout))
}

// PanicError means that a command panicked while it was decided. It changed nothing, and
// other commands continued.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }
