package ledger

import (
	"errors"
	"fmt"
)

// Errors of commands that were not tried or have no outcome yet.
var (
	// ErrOverloaded means that too many commands wait already; nothing was attempted.
	ErrOverloaded = errors.New("too many commands are waiting")
	// ErrClosed means that the ledger takes no more commands; nothing was attempted.
	ErrClosed = errors.New("the ledger is closed")
	// ErrKeyInFlight means that a command with the same idempotency key has no outcome yet.
	ErrKeyInFlight = errors.New("a command with this idempotency key is in flight")
	// ErrKeyReused means that the idempotency key belongs to another command.
	ErrKeyReused = errors.New("the idempotency key was used for another command")
	// ErrBehind means that the requested position is not visible yet.
	ErrBehind = errors.New("the position is not reached yet")
)

// PanicError means that a command panicked while it was decided. It changed nothing, and
// other commands continued.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }
