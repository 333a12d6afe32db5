package query

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Listing is what lists of reservations and of transfers have in common.
type Listing struct {
	Created    ports.TimeRange
	Updated    ports.TimeRange
	Sort       ports.EntrySort // empty: by id
	Descending bool
	Limit      int // 1 to MaxLimit
	Cursor     string
}

// cursor binds the cursors of a listing to the question and everything that it is about.
func (l *Listing) cursor(asked ...string) placeCursor {
	asked = append(asked, string(l.Sort), strconv.FormatBool(l.Descending))
	for _, bound := range []time.Time{l.Created.Since, l.Created.Until, l.Updated.Since, l.Updated.Until} {
		if bound.IsZero() {
			asked = append(asked, "")
		} else {
			asked = append(asked, strconv.FormatInt(bound.UnixMicro(), 10))
		}
	}
	return placeCursor{cursor: cursorFor(asked...), timed: l.Sort != ports.ByID}
}

// normal returns the listing with its sort named and its times in whole microseconds, as those of
// entries are: a bound between two moves to the later one.
func (l Listing) normal() Listing {
	if l.Sort == "" {
		l.Sort = ports.ByID
	}
	for _, bound := range []*time.Time{&l.Created.Since, &l.Created.Until, &l.Updated.Since, &l.Updated.Until} {
		if !bound.IsZero() {
			*bound = bound.Add(time.Microsecond - 1).Truncate(time.Microsecond).UTC()
		}
	}
	return l
}

// sortedOn returns the range of the times by which the listing is sorted.
func (l *Listing) sortedOn() ports.TimeRange {
	switch l.Sort {
	case ports.ByCreated:
		return l.Created
	case ports.ByUpdated:
		return l.Updated
	default:
		return ports.TimeRange{}
	}
}

// walk is the listing's order of entries after a place.
func (l *Listing) walk(after ports.EntryPlace, now time.Time) inventory.Walk {
	return inventory.Walk{Sort: l.Sort, Descending: l.Descending, After: after, Within: l.sortedOn(), Now: now}
}

// normalStatuses returns statuses in their order, each once.
func normalStatuses[S ~string](statuses []S) []string {
	texts := make([]string, len(statuses))
	for i, s := range statuses {
		texts[i] = string(s)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// terms returns the search terms of a question, without those that are empty.
func terms(all ...ports.SearchTerm) []ports.SearchTerm {
	return slices.DeleteFunc(all, func(t ports.SearchTerm) bool { return t.Value == "" })
}

// placeCursor makes and reads cursors that carry a place.
type placeCursor struct {
	cursor
	timed bool // places have a time
}

func (c placeCursor) encodePlace(p ports.EntryPlace) string {
	if !c.timed {
		return c.encode(p.ID)
	}
	return c.encode(strconv.FormatInt(p.Time.UnixMicro(), 10) + " " + p.ID)
}

// next returns the cursor of the next page, empty on the last one.
func (c placeCursor) next(end reach) string {
	if !end.more {
		return ""
	}
	return c.encodePlace(end.end)
}

// place returns where the page before ended, the zero place for the empty cursor.
func (c placeCursor) place(text string) (ports.EntryPlace, error) {
	end, err := c.decode(text)
	if err != nil || end == "" || !c.timed {
		return ports.EntryPlace{ID: end}, err
	}
	micros, id, _ := strings.Cut(end, " ")
	n, err := strconv.ParseInt(micros, 10, 64)
	if err != nil || id == "" {
		return ports.EntryPlace{}, ErrMalformedCursor
	}
	return ports.EntryPlace{Time: time.UnixMicro(n).UTC(), ID: id}, nil
}

// registry is where the entries of one kind are, such as an inventory.Registry.
type registry[A any] interface {
	Step(w *inventory.Walk, n int) inventory.Step[*A]
	Overdue(after ports.EntryPlace, now time.Time, n int) inventory.Step[*A]
	InMemory(id string) *A
	Evictions() uint64
	Closed(ctx context.Context, q ports.ClosedQuery) ([]*A, ports.ClosedPage, error)
}

// view is an entry as readers see it.
type view struct {
	id, status       string
	created, updated time.Time
}

// onlyOpen and onlyEnded report which of the entries in memory can have one of the statuses.
func (l *listOf[A]) onlyOpen() bool { return len(l.statuses) == 1 && l.statuses[0] == l.open }

func (l *listOf[A]) onlyEnded() bool {
	return len(l.statuses) > 0 && !slices.Contains(l.statuses, l.open)
}

// listOf is one question for a page of entries of one kind.
type listOf[A any] struct {
	Listing
	budget   budget
	from     registry[A]
	now      time.Time
	statuses []string // any of them; empty: all
	terms    []ports.SearchTerm
	open     string // the status of entries that are never closed

	memoryTurns, indexTurns *turns
	log                     event.Position // when the list was asked for

	at      func(*A, time.Time) *A // the entry as it is at a time
	overdue func(*A, time.Time) bool
	view    func(*A) view
	matches func(*A) bool // reports whether an entry has the terms
	find    func(ctx context.Context, id string) (*A, error)
	// settle returns once everything is visible that was decided about entries before their
	// deadlines, which have come.
	settle func(ctx context.Context, ids []string) error
}
