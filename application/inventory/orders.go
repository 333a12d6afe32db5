package inventory

import (
	"cmp"
	"sort"
	"strings"
	"time"

	"github.com/onhand/onhand/ports"
)

// orders has the ids of the entries in memory in each order of ports.EntrySort, and of those that
// expire in the order of their deadlines. It is not safe for concurrent use.
type orders struct {
	byID      sorted[string]
	byCreated sorted[moment]
	byUpdated sorted[moment]
	deadlines sorted[moment]
}

// moment is when something happens to an entry, in microseconds since 1970.
type moment struct {
	at int64
	id string
}

func momentOf(id string, at time.Time) moment { return moment{at: at.UnixMicro(), id: id} }

func (m moment) place() ports.EntryPlace {
	return ports.EntryPlace{Time: time.UnixMicro(m.at).UTC(), ID: m.id}
}

func (m moment) compare(other moment) int {
	return cmp.Or(cmp.Compare(m.at, other.at), strings.Compare(m.id, other.id))
}

// entryKey is by which values an entry is ordered; the zero key is that of no entry.
type entryKey struct {
	id               string
	created, updated moment
	deadline         moment // zero for an entry that does not expire
}

func newOrders() orders {
	return orders{
		byID:      sorted[string]{compare: strings.Compare},
		byCreated: sorted[moment]{compare: moment.compare},
		byUpdated: sorted[moment]{compare: moment.compare},
		deadlines: sorted[moment]{compare: moment.compare},
	}
}

// replace puts an entry in the place of another, or of none.
func (o *orders) replace(before, after entryKey) {
	replace(&o.byID, before.id, after.id)
	replace(&o.byCreated, before.created, after.created)
	replace(&o.byUpdated, before.updated, after.updated)
	replace(&o.deadlines, before.deadline, after.deadline)
}

// replace replaces an element of a list, or adds or removes it where the other is zero.
func replace[T comparable](list *sorted[T], before, after T) {
	if before == after {
		return
	}
	var none T
	if before != none {
		list.remove(before)
	}
	if after != none {
		list.insert(after)
	}
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
	// Ended restricts the walk to closed entries, and in the order of updates to those and the open
	// ones whose deadlines have come.
	Ended bool
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
type Step[E any] struct {
	Entries  []E // in the walk's order; they must not be changed
	End      ports.EntryPlace
	More     bool // entries may follow after End
	Examined int
}

// step visits the ids of the next entries of a walk, about n, which is at least 1. The function
// returns the deadline of an entry in memory, and deadlines are those of all entries.
func (o *orders) step(w *Walk, n int, deadlines *sorted[moment], deadline func(id string) moment) Step[string] {
	switch w.Sort {
	case ports.ByCreated:
		return idsOf(take(&o.byCreated, w, n, moment.place))
	case ports.ByUpdated:
		return o.stepByUpdated(w, n, deadlines, deadline)
	default:
		return take(&o.byID, w, n, func(id string) ports.EntryPlace { return ports.EntryPlace{ID: id} })
	}
}

// stepByDeadline visits the next deadlines that have come.
func stepByDeadline(deadlines *sorted[moment], w *Walk, n int) Step[moment] {
	toNow := *w
	if end := w.Now.Add(time.Microsecond); toNow.Within.Until.IsZero() || end.Before(toNow.Within.Until) {
		toNow.Within.Until = end
	}
	return take(deadlines, &toNow, n, moment.place)
}

func idsOf(step Step[moment]) Step[string] {
	ids := make([]string, len(step.Entries))
	for i, m := range step.Entries {
		ids[i] = m.id
	}
	return Step[string]{Entries: ids, End: step.End, More: step.More, Examined: step.Examined}
}

// stepByUpdated merges the entries at their last changes with those whose deadlines have come.
func (o *orders) stepByUpdated(
	w *Walk, n int, deadlines *sorted[moment], deadline func(id string) moment,
) Step[string] {
	changed := take(&o.byUpdated, w, n, moment.place)
	expired := stepByDeadline(deadlines, w, n)
	step := Step[string]{More: changed.More || expired.More, Entries: make([]string, 0, len(changed.Entries))}
	end := w.earlier(lastOf(changed), lastOf(expired))
	if step.More {
		step.End = end.place()
	}
	now := w.Now.UnixMicro()
	someExpired := deadlines.count > 0 && deadlines.runs[0][0].at <= now
	for ; ; step.Examined++ {
		m, isChange := w.first(&changed.Entries, &expired.Entries)
		if m.id == "" || step.More && w.compare(m, end) > 0 {
			return step
		}
		if isChange && someExpired {
			if d := deadline(m.id); d.id != "" && d.at <= now {
				continue // it is visited at its deadline only
			}
		}
		step.Entries = append(step.Entries, m.id)
	}
}

// lastOf returns the moment at which a step ends, the zero one for the last step.
func lastOf(step Step[moment]) moment {
	if !step.More {
		return moment{}
	}
	return step.Entries[len(step.Entries)-1]
}

// earlier returns the moment that the walk reaches first, apart from zero ones.
func (w *Walk) earlier(a, b moment) moment {
	if a.id == "" || b.id != "" && w.compare(b, a) < 0 {
		return b
	}
	return a
}

// first takes the first moment of two lists, the zero one if there is none, and reports whether it is of a.
func (w *Walk) first(a, b *[]moment) (m moment, ofA bool) {
	switch {
	case len(*a) == 0 && len(*b) == 0:
		return moment{}, false
	case len(*b) == 0, len(*a) > 0 && w.compare((*a)[0], (*b)[0]) <= 0:
		m, *a = (*a)[0], (*a)[1:]
		return m, true
	default:
		m, *b = (*b)[0], (*b)[1:]
		return m, false
	}
}

// compare compares moments in the direction of the walk.
func (w *Walk) compare(a, b moment) int {
	if w.Descending {
		a, b = b, a
	}
	return a.compare(b)
}

// take visits the next n elements of one order.
func take[T any](list *sorted[T], w *Walk, n int, place func(T) ports.EntryPlace) Step[T] {
	entries := make([]T, 0, n+1)
	if w.Descending {
		entries = list.back(entries, func(e T) bool { return !w.Begun(place(e)) }, n+1)
	} else {
		entries = list.from(entries, func(e T) bool { return w.Begun(place(e)) }, n+1)
	}
	entries = entries[:sort.Search(len(entries), func(i int) bool { return w.over(place(entries[i])) })]
	if len(entries) <= n {
		return Step[T]{Entries: entries, Examined: len(entries)}
	}
	return Step[T]{Entries: entries[:n], End: place(entries[n-1]), More: true, Examined: n}
}
