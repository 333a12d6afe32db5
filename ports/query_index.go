package ports

import (
	"context"
	"io"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// QueryIndex keeps the reservations and transfers that are closed and answers lists of them. It is
// a projection of the log: everything in it can be rebuilt. All methods may be called at the same
// time. A method that finds the index damaged or closed returns ErrUnavailable.
type QueryIndex interface {
	// Find returns the entry of an id.
	Find(ctx context.Context, kind EntryKind, id string) (ClosedEntry, bool, error)

	// List returns one page of the entries that fit a query, in its order. It examines no more than
	// q.Examine entries, so a page may be empty although entries that fit lie after it. Pages that
	// begin where the one before ended have each entry once, if no Put replaces it meanwhile.
	List(ctx context.Context, q ClosedQuery) (ClosedPage, error)

	// Put adds entries, or replaces entries of lower versions, and moves the mark. Everything is
	// durable when it returns, or nothing has changed. It waits while the disk is full, until ctx
	// ends; such a Put may still become durable later, but before the next one.
	Put(ctx context.Context, entries []ClosedEntry, mark IndexMark) error

	// Mark returns the mark of the last Put; the zero mark is that of an empty index.
	Mark() IndexMark

	// Reset removes everything, durably. It waits as Put does.
	Reset(ctx context.Context) error

	// Status returns the index's condition.
	Status() IndexStatus

	io.Closer
}

// EntryKind says of which kind an entry is.
type EntryKind string

// The kinds of entries.
const (
	ReservationEntry EntryKind = "reservation"
	TransferEntry    EntryKind = "transfer"
)

// IndexMark says up to which commit of which log an index is complete: every entry that a commit up
// to Position closed is in the index. Commit is the id of the commit at Position, by which a log
// recognises an index of its own.
type IndexMark struct {
	Position event.Position
	Commit   string
}

// ClosedEntry is a closed reservation or transfer. Its times count in microseconds.
type ClosedEntry struct {
	Kind      EntryKind
	ID        string // not empty
	Version   event.Version
	Status    string
	Terms     []SearchTerm // what the entry can be found by, each once
	CreatedAt time.Time
	UpdatedAt time.Time
	Data      []byte // the whole entry, one JSON object
}

// SearchTerm is one fact by which an entry can be found, such as a store in one of its lines.
type SearchTerm struct {
	Field TermField
	Value string
}

// TermField names what a term is about.
type TermField string

// The fields of terms.
const (
	StoreTerm     TermField = "store" // of a line, or a transfer's source or destination
	SKUTerm       TermField = "sku"
	ItemTerm      TermField = "item" // store and SKU of one line, as in the name of the item's stream
	OwnerTerm     TermField = "owner"
	ReferenceTerm TermField = "reference"
	FromTerm      TermField = "from" // a transfer's source
	ToTerm        TermField = "to"   // a transfer's destination
)

// ClosedQuery asks for one page of entries of one kind.
type ClosedQuery struct {
	Kind       EntryKind
	Statuses   []string     // one of them; empty: any
	Terms      []SearchTerm // all of them
	Created    TimeRange    // of CreatedAt
	Updated    TimeRange    // of UpdatedAt
	Sort       EntrySort
	Descending bool
	After      EntryPlace // the page begins after this place; the zero place: at the beginning
	Limit      int        // entries on the page, at least 1
	Examine    int        // entries to examine, at least 1
}

// TimeRange is the times from Since, included, to Until, not included. A zero bound is none.
type TimeRange struct{ Since, Until time.Time }

// Contains reports whether a time is in the range.
func (r TimeRange) Contains(t time.Time) bool {
	return (r.Since.IsZero() || !t.Before(r.Since)) && (r.Until.IsZero() || t.Before(r.Until))
}

// EntrySort says by which value entries are ordered; entries with equal times are ordered by id.
type EntrySort string

// The orders of entries.
const (
	ByID      EntrySort = "id"
	ByCreated EntrySort = "createdAt"
	ByUpdated EntrySort = "updatedAt"
)

// EntryPlace is a place in the order of a query: that of an entry with this time (zero for ByID) and id.
type EntryPlace struct {
	Time time.Time // in microseconds
	ID   string
}

// ClosedPage is a page of entries.
type ClosedPage struct {
	Entries []ClosedEntry
	// End is the place of the last entry that was examined, or After if none was; more entries may
	// fit after it if More.
	End  EntryPlace
	More bool
}

// IndexStatus is an index's condition.
type IndexStatus struct {
	Entries int64  // closed reservations and transfers, about
	Bytes   int64  // on disk, 0 if the index is in memory
	Detail  string // why the index is not written or read at present; empty: all is well
}
