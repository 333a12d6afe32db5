package ports

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// DeadLetterStore keeps the events that a projection could not handle, until an operator has
// decided about them. All methods may be called at the same time.
//
// Either several instances, also of several processes, may have one store open: then each
// shows what the others have put and removed as soon as those calls have returned, and the
// limit holds for all together. Or an adapter is exclusive, and says so: then the opening of a
// second instance fails with ErrInUse until the first is closed.
type DeadLetterStore interface {
	// Put stores a letter, durably on return, in place of one with the same ID. *LimitError
	// means that the store is full; a letter in place of another always fits. After
	// ErrOutcomeUnknown the letter may or may not be stored; after any other error nothing
	// has changed.
	Put(ctx context.Context, letter DeadLetter) error

	// Remove deletes a letter, durably on return. An unknown ID is no error. After
	// ErrOutcomeUnknown the letter may or may not be stored; after any other error nothing
	// has changed.
	Remove(ctx context.Context, id string) error

	// Get returns the letter with an ID; false if there is none.
	Get(ctx context.Context, id string) (DeadLetter, bool, error)

	// List returns up to n letters whose IDs come after one, in the order of the IDs' bytes:
	// those of one projection or, if that is empty, of all.
	List(ctx context.Context, projection, after string, n int) ([]DeadLetter, error)

	// Count returns how many letters of a projection are stored or, if that is empty, of all.
	Count(ctx context.Context, projection string) (int, error)

	// Close releases the store. Closing twice is harmless. Other calls then give
	// ErrUnavailable.
	io.Closer
}

// DeadLetter is an event that a projection could not handle, and the reason.
type DeadLetter struct {
	ID         string // any text; made by DeadLetterID
	Projection string // the one that could not handle it
	Event      StreamEvent
	Cause      string    // of the last attempt, in words
	Attempts   int       // so far
	FirstAt    time.Time // the first attempt, in UTC
	LastAt     time.Time // the last one
}

// DeadLetterID returns the ID of an event's letter in a projection. It is always the same, so
// that an event which fails again after a crash makes no second letter. IDs sort as their events
// do.
func DeadLetterID(projection string, id EventID) string {
	return fmt.Sprintf("%s-%020d-%05d", projection, id.Position, id.Index)
}

// Clone returns a copy that shares nothing with l.
func (l DeadLetter) Clone() DeadLetter {
	l.Event.Data = bytes.Clone(l.Event.Data)
	return l
}

// DeadLettersTable is the name of the table in a LimitError.
const DeadLettersTable = "dead letters"

// ID returns the name of an event outside of the log: its commit's position and its index in
// that commit.
func (e *StreamEvent) ID() EventID { return EventID{Position: e.Position, Index: e.Index} }

// EventID names one event in the log.
type EventID struct {
	Position event.Position
	Index    int
}
