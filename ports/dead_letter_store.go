package ports

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// DeadLetterStore keeps the events that a follower of the log could not handle,
// until somebody has decided what becomes of them. All methods may be called at
// the same time.
type DeadLetterStore interface {
	// Put keeps a letter, durably on return, in place of one with the same ID.
	// *LimitError means that there are too many; an error means that nothing
	// changed, as far as anybody can tell.
	Put(ctx context.Context, letter DeadLetter) error

	// Remove forgets a letter, durably on return. It is no error if there is none.
	Remove(ctx context.Context, id string) error

	// Get finds a letter.
	Get(ctx context.Context, id string) (DeadLetter, bool, error)

	// List gives up to n letters in the order of their IDs, those behind one ID,
	// of one projection or, where that is empty, of all.
	List(ctx context.Context, projection, after string, n int) ([]DeadLetter, error)

	// Count is how many letters there are of a projection or, where that is
	// empty, of all.
	Count(ctx context.Context, projection string) (int, error)
}

// DeadLetter is an event that could not be handled, and why.
type DeadLetter struct {
	ID         string // any text; made by DeadLetterID
	Projection string // who could not handle it
	Event      StreamEvent
	Cause      string    // of the last attempt, in words
	Attempts   int       // so far
	FirstAt    time.Time // when it was tried first, in UTC
	LastAt     time.Time // and last
}

// DeadLetterID names the letter of an event in a projection: always the same one, so
// that an event that fails again after a crash is no second letter. IDs sort as their
// events do.
func DeadLetterID(projection string, id EventID) string {
	return fmt.Sprintf("%s-%020d-%05d", projection, id.Position, id.Index)
}

// Clone is a copy that shares nothing with l.
func (l DeadLetter) Clone() DeadLetter {
	l.Event.Data = bytes.Clone(l.Event.Data)
	return l
}

// DeadLettersTable is the name of the table in a LimitError.
const DeadLettersTable = "dead letters"

// ID is what an event is known by everywhere outside: its commit's position and
// its place in that.
func (e *StreamEvent) ID() EventID { return EventID{Position: e.Position, Index: e.Index} }

// EventID names one event in the log.
type EventID struct {
	Position event.Position
	Index    int
}
