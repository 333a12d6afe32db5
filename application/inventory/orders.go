package inventory

import (
	"cmp"
	"sort"
	"strings"
	"time"

	"github.com/onhand/onhand/ports"
)

// orders has the entries in memory in each order of ports.EntrySort, and those that expire in the
// order of their deadlines. Entries do not change. It is not safe for concurrent use.
type orders[A any] struct {
	key       func(*A) entryKey
	expires   func(*A) bool // reports whether an entry expires at its deadline
	byID      sorted[*A]
	byCreated sorted[*A]
	byUpdated sorted[*A]
	deadlines sorted[*A]
}

// entryKey is by which values an entry is ordered.
type entryKey struct {
	id               string
	created, updated time.Time
	deadline         time.Time // zero: none
}

func newOrders[A any](key func(*A) entryKey, expires func(*A) bool) orders[A] {
	by := func(at func(entryKey) time.Time) sorted[*A] {
		return sorted[*A]{compare: func(a, b *A) int {
			left, right := key(a), key(b)
			return cmp.Or(at(left).Compare(at(right)), strings.Compare(left.id, right.id))
		}}
	}
	return orders[A]{
		key:       key,
		expires:   expires,
		byID:      sorted[*A]{compare: func(a, b *A) int { return strings.Compare(key(a).id, key(b).id) }},
		byCreated: by(func(k entryKey) time.Time { return k.created }),
		byUpdated: by(func(k entryKey) time.Time { return k.updated }),
		deadlines: by(func(k entryKey) time.Time { return k.deadline }),
	}
}

// insert adds an entry whose id is not there.
func (o *orders[A]) insert(entry *A) {
	o.byID.insert(entry)
	o.byCreated.insert(entry)
	o.byUpdated.insert(entry)
	if o.expires(entry) {
		o.deadlines.insert(entry)
	}
}

// remove takes an entry out.
func (o *orders[A]) remove(entry *A) {
	o.byID.remove(entry)
	o.byCreated.remove(entry)
	o.byUpdated.remove(entry)
	o.deadlines.remove(entry)
}

// Walk says in which order and between which bounds a walk visits entries.
type Walk struct {
	Sort       ports.EntrySort
	Descending bool
	// After is the place after which the walk begins; the zero place is before all.
	After ports.EntryPlace
	// Within bounds the time by which the entries are sorted, if they are.
	Within ports.TimeRange
	// Now tells which deadlines have come: in the order of updates, an entry whose deadline has
	// come is at its deadline.
	Now time.Time
}

// walkTo is a walk through deadlines that have come, or through changes before a time.
func walkTo(now time.Time) *Walk {
	return &Walk{Sort: ports.ByUpdated, Within: ports.TimeRange{Until: now.Add(time.Microsecond)}, Now: now}
}

// PlaceOf returns the place of an entry in an order.
func PlaceOf(by ports.EntrySort, id string, created, updated time.Time) ports.EntryPlace {
	switch by {
	case ports.ByCreated:
		return ports.EntryPlace{Time: created, ID: id}
	case ports.ByUpdated:
		return ports.EntryPlace{Time: updated, ID: id}
	default:
		return ports.EntryPlace{ID: id}
	}
}

// Compare compares places in the direction of the walk.
func (w *Walk) Compare(a, b ports.EntryPlace) int {
	if w.Descending {
		a, b = b, a
	}
	return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID))
}

// Begun reports whether a place lies after the place and the bound at which the walk begins.
func (w *Walk) Begun(p ports.EntryPlace) bool {
	if w.After.ID != "" && w.Compare(p, w.After) <= 0 {
		return false
	}
	if w.Sort == ports.ByID {
		return true
	}
	if w.Descending {
		return w.Within.Until.IsZero() || p.Time.Before(w.Within.Until)
	}
	return w.Within.Since.IsZero() || !p.Time.Before(w.Within.Since)
}

// over reports whether a place lies beyond the bound at which the walk ends.
func (w *Walk) over(p ports.EntryPlace) bool {
	if w.Sort == ports.ByID {
		return false
	}
	if w.Descending {
		return !w.Within.Since.IsZero() && p.Time.Before(w.Within.Since)
	}
	return !w.Within.Until.IsZero() && !p.Time.Before(w.Within.Until)
}

// Step is a part of a walk.
type Step[A any] struct {
	Entries  []*A // in the walk's order; they must not be changed
	End      ports.EntryPlace
	More     bool // entries may follow after End
	Examined int
}

// step visits the next entries of a walk, about n, which is at least 1.
func (o *orders[A]) step(w *Walk, n int) Step[A] {
	switch w.Sort {
	case ports.ByCreated:
		return take(&o.byCreated, w, n, o.atCreation)
	case ports.ByUpdated:
		return o.stepByUpdated(w, n)
	default:
		return take(&o.byID, w, n, o.atID)
	}
}

func (o *orders[A]) atID(e *A) ports.EntryPlace { return ports.EntryPlace{ID: o.key(e).id} }

func (o *orders[A]) atCreation(e *A) ports.EntryPlace {
	k := o.key(e)
	return ports.EntryPlace{Time: k.created, ID: k.id}
}

func (o *orders[A]) atChange(e *A) ports.EntryPlace {
	k := o.key(e)
	return ports.EntryPlace{Time: k.updated, ID: k.id}
}

func (o *orders[A]) atDeadline(e *A) ports.EntryPlace {
	k := o.key(e)
	return ports.EntryPlace{Time: k.deadline, ID: k.id}
}

// stepByUpdated merges the entries at their last changes with those whose deadlines have come.
func (o *orders[A]) stepByUpdated(w *Walk, n int) Step[A] {
	toNow := *w
	if end := w.Now.Add(time.Microsecond); toNow.Within.Until.IsZero() || end.Before(toNow.Within.Until) {
		toNow.Within.Until = end
	}
	changed := take(&o.byUpdated, w, n, o.atChange)
	expired := take(&o.deadlines, &toNow, n, o.atDeadline)
	step := Step[A]{More: changed.More || expired.More}
	switch {
	case !changed.More:
		step.End = expired.End
	case !expired.More || w.Compare(changed.End, expired.End) < 0:
		step.End = changed.End
	default:
		step.End = expired.End
	}
	for {
		entry, isChange := first(w, &changed, &expired, o.atChange, o.atDeadline)
		if entry == nil {
			return step
		}
		place, overdue := o.atDeadline(entry), true
		if isChange {
			place, overdue = o.atChange(entry), o.expires(entry) && !w.Now.Before(o.key(entry).deadline)
		}
		if step.More && w.Compare(place, step.End) > 0 {
			return step
		}
		step.Examined++
		if overdue != isChange { // an overdue one is visited at its deadline only
			step.Entries = append(step.Entries, entry)
		}
	}
}

// first takes the first entry of two steps, nil if there is none, and reports whether it is one of a.
func first[A any](w *Walk, a, b *Step[A], inA, inB func(*A) ports.EntryPlace) (entry *A, ofA bool) {
	switch {
	case len(a.Entries) == 0 && len(b.Entries) == 0:
		return nil, false
	case len(b.Entries) == 0, len(a.Entries) > 0 && w.Compare(inA(a.Entries[0]), inB(b.Entries[0])) <= 0:
		entry, a.Entries = a.Entries[0], a.Entries[1:]
		return entry, true
	default:
		entry, b.Entries = b.Entries[0], b.Entries[1:]
		return entry, false
	}
}

// take visits the next n entries of one order.
func take[A any](list *sorted[*A], w *Walk, n int, place func(*A) ports.EntryPlace) Step[A] {
	entries := make([]*A, 0, n+1)
	if w.Descending {
		entries = list.back(entries, func(e *A) bool { return !w.Begun(place(e)) }, n+1)
	} else {
		entries = list.from(entries, func(e *A) bool { return w.Begun(place(e)) }, n+1)
	}
	entries = entries[:sort.Search(len(entries), func(i int) bool { return w.over(place(entries[i])) })]
	if len(entries) <= n {
		return Step[A]{Entries: entries, Examined: len(entries)}
	}
	return Step[A]{Entries: entries[:n], End: place(entries[n-1]), More: true, Examined: n}
}
