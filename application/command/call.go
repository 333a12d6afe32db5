package command

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// Call is what every command brings along besides its own content.
type Call struct {
	Actor          string
	RequestID      string
	IdempotencyKey string // empty for none
	DryRun         bool
	Preconditions
}

// Preconditions are judged in a command's turn, after its idempotency key and
// before anything else (RFC 9110, section 13.2.2).
type Preconditions struct {
	IfMatch     *Tags // nil: not asked
	IfNoneMatch *Tags // nil: not asked
	Required    bool  // a write must say in some way which version it builds on
}

// ErrPreconditionRequired means that a command does not say which version it
// builds on, where that is required.
var ErrPreconditionRequired = errors.New("a header If-Match or If-None-Match, or a member expectedVersion, is required")

// Tags are the versions that a condition names.
type Tags struct {
	Any      bool // "*": whatever exists
	Versions []event.Version
}

func (t *Tags) match(l stock.Levels) bool {
	return l.Exists() && (t.Any || slices.Contains(t.Versions, l.Version))
}

// PreconditionError refuses a command because its item is at Version (0: does
// not exist), which the preconditions do not allow.
type PreconditionError struct {
	Version event.Version
}

func (e *PreconditionError) Error() string {
	if e.Version == 0 {
		return "the item does not exist"
	}
	return fmt.Sprintf("the item is at version %d", e.Version)
}

// VersionConflictError refuses a command whose body expects another version.
type VersionConflictError struct {
	Expected event.Version
	Actual   event.Version
}

func (e *VersionConflictError) Error() string {
	return fmt.Sprintf("expected version %d, the item is at %d", e.Expected, e.Actual)
}

// CheckMatch holds the item against If-Match alone, as a read does: nil or
// *PreconditionError.
func (p Preconditions) CheckMatch(l stock.Levels) error {
	if p.IfMatch != nil && !p.IfMatch.match(l) {
		return &PreconditionError{Version: l.Version}
	}
	return nil
}

// Unchanged tells whether the reader has this version of the item already.
func (p Preconditions) Unchanged(l stock.Levels) bool {
	return p.IfNoneMatch != nil && p.IfNoneMatch.match(l)
}

// check holds the item against the preconditions and the version that the body
// expects, if it does.
func (p Preconditions) check(l stock.Levels, expected *event.Version) error {
	if p.Required && p.IfMatch == nil && p.IfNoneMatch == nil && expected == nil {
		return ErrPreconditionRequired
	}
	if err := p.CheckMatch(l); err != nil {
		return err
	}
	if p.Unchanged(l) {
		return &PreconditionError{Version: l.Version}
	}
	if expected != nil && *expected != l.Version {
		return &VersionConflictError{Expected: *expected, Actual: l.Version}
	}
	return nil
}

// request begins the ledger's request for a command on one item. The content
// is what two commands under one key must have in common.
func (c Call) request(name string, item stock.Key, content any) (ledger.Request, error) {
	r := ledger.Request{
		Items:     []stock.Key{item},
		Actor:     c.Actor,
		RequestID: c.RequestID,
		Key:       c.IdempotencyKey,
		DryRun:    c.DryRun,
	}
	if c.IdempotencyKey == "" {
		return r, nil
	}
	fingerprint, err := fingerprint(name, item, content)
	r.Fingerprint = fingerprint
	return r, err
}

// fingerprint stands for a normalised command: the first half of a SHA-256 over
// its name, item and content.
func fingerprint(name string, item stock.Key, content any) (string, error) {
	body, err := json.Marshal([]any{name, item, content})
	if err != nil {
		return "", fmt.Errorf("fingerprint command: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:len(sum)/2]), nil
}
