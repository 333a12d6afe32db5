package command

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Call is what every command brings along besides its own content.
type Call struct {
	Actor          string
	RequestID      string
	Client         string // has a share of what may be open; empty has no bounds
	IdempotencyKey string // empty for none
	DryRun         bool
	NewID          ports.IDSource // names what the caller leaves unnamed
	Written        func(int64)    // is told how many bytes the command has added to the log; nil: nothing is
	// OnlyCompletions refuses commands that do not complete or end a reservation or transfer, because what is
	// free on the disk is reserved for those.
	OnlyCompletions bool
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
var ErrPreconditionRequired = errors.New(
	"send the version that the write builds on: as If-Match, If-None-Match or the member expectedVersion",
)

// Tags are the versions that a condition names.
type Tags struct {
	Any      bool // "*": whatever exists
	Versions []event.Version
}

func (t *Tags) match(version event.Version) bool {
	return version > 0 && (t.Any || slices.Contains(t.Versions, version))
}

// PreconditionError refuses a command because its subject is at Version
// (0: does not exist), which the preconditions do not allow.
type PreconditionError struct {
	Version event.Version
}

func (e *PreconditionError) Error() string {
	if e.Version == 0 {
		return "the resource does not exist, so it has no version that If-Match allows"
	}
	return fmt.Sprintf(
		"the resource is at version %d, which If-Match or If-None-Match does not allow: read it and decide again", e.Version)
}

// VersionConflictError refuses a command that expects another version in its body.
type VersionConflictError struct {
	Expected event.Version
	Actual   event.Version
}

func (e *VersionConflictError) Error() string {
	return fmt.Sprintf("expected version %d, but the item is at version %d: read it and decide again",
		e.Expected, e.Actual)
}

// CheckMatch holds a version, 0 for what does not exist, against If-Match alone,
// as a read does: nil or *PreconditionError.
func (p Preconditions) CheckMatch(version event.Version) error {
	if p.IfMatch != nil && !p.IfMatch.match(version) {
		return &PreconditionError{Version: version}
	}
	return nil
}

// Unchanged reports whether the reader has this version already.
func (p Preconditions) Unchanged(version event.Version) bool {
	return p.IfNoneMatch != nil && p.IfNoneMatch.match(version)
}

// check holds a version against the preconditions and the version that the body
// expects, if it does.
func (p Preconditions) check(version event.Version, expected *event.Version) error {
	if p.Required && p.IfMatch == nil && p.IfNoneMatch == nil && expected == nil {
		return ErrPreconditionRequired
	}
	if err := p.CheckMatch(version); err != nil {
		return err
	}
	if p.Unchanged(version) {
		return &PreconditionError{Version: version}
	}
	if expected != nil && *expected != version {
		return &VersionConflictError{Expected: *expected, Actual: version}
	}
	return nil
}
