package ledger

import (
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Request is a command as the ledger sees it.
type Request struct {
	// Keys are all that the command may read or change.
	Keys Keys
	// Decide decides the command on the state when it is first in its queues. It may
	// be called several times, in any goroutine, and must have no effect but on tx.
	// Its result is the command's answer; an error is a refusal.
	Decide func(tx *Tx) (Result, error)
	// Actor and RequestID are kept with what the command changes.
	Actor     string
	RequestID string
	// Client is the client to which a reservation or transfer belongs that the command opens.
	// It is not kept: after a restart nothing knows it. Empty counts for none.
	Client string
	// Written is called with how many bytes the command has added to the log, about what its store needs
	// for it, before the command is answered and also if its caller has left. It may be nil.
	Written func(bytes int64)
	// Key is the idempotency key, empty for none, and Fingerprint stands for
	// the command's content: a repetition must have the same. A key that has expired
	// is refused with *KeyExpiredError as long as the store knows it. An accepted command
	// that changes nothing is written with its key, too. A refusal leaves the key free.
	Key         string
	Fingerprint string
	// DryRun decides only: nothing is written and the key is ignored.
	DryRun bool
}

// Result is the answer of a use case, independent of any wire. It is stored
// with the commit as the JSON value that AppendJSON appends.
type Result interface {
	AppendJSON(dst []byte) []byte
}

// Outcome is what became of an accepted command.
type Outcome struct {
	// Result is what Decide returned, nil for a repetition.
	Result Result
	// Stored is the JSON of the first outcome's result, for a repetition.
	Stored []byte
	// Replayed says that the command had its effect earlier.
	Replayed bool
	// Position is that of the commit, 0 for a dry run. It is 0, too, for a command without
	// a key that changed nothing.
	Position event.Position
	// KeyExpires is when the idempotency key ends to be answered with this outcome. It is
	// zero without a key and for a dry run.
	KeyExpires time.Time
}
