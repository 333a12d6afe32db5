package query

import (
	"context"
	"maps"
	"slices"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/ports"
)

// budget is how many entries a page examines, at most about.
type budget struct {
	entries  int // in memory and in the index together
	inMemory int // where one costs less
	step     int // of those in memory, at a time
}

// pageBudget lets every question have an answer in time.
var pageBudget = budget{entries: 5000, inMemory: 4000, step: 256}

// draft is a page in the making.
type draft[A any] struct {
	list      *listOf[A]
	walk      inventory.Walk
	evictions uint64 // of entries from memory, before the draft was begun

	found   []placed[A] // entries that fit
	ids     map[string]bool
	overdue map[string]*A // entries whose deadline has come without an event that says so
}

// placed is an entry in its place.
type placed[A any] struct {
	entry *A
	place ports.EntryPlace
}

// reach is how far a page has come in memory, or in the index.
type reach struct {
	end  ports.EntryPlace
	more bool // entries may follow after end
}

// page returns the entries of a page in their order, and where it ends. It reads the entries in
// memory first, then those in the index. Between the two an entry can only move from memory to the
// index, so none is missed. It begins again if decisions under way changed an overdue entry; that
// happens once for an entry.
func (l *listOf[A]) page(ctx context.Context, after ports.EntryPlace) ([]placed[A], reach, error) {
	settled := map[string]bool{}
	for {
		if err := ctx.Err(); err != nil {
			return nil, reach{}, err
		}
		d := &draft[A]{
			list: l, walk: l.walk(after, l.now), evictions: l.from.Evictions(),
			ids: map[string]bool{}, overdue: map[string]*A{},
		}
		end, err := d.collect(ctx)
		if err != nil {
			return nil, reach{}, err
		}
		exact, err := d.settle(ctx, settled)
		if err != nil {
			return nil, reach{}, err
		}
		if exact {
			entries, end := d.cut(end)
			return entries, end, nil
		}
	}
}

// collect reads entries in memory and then in the index, and returns up to where the page has all.
func (d *draft[A]) collect(ctx context.Context) (reach, error) {
	after := d.walk.After
	memory, examined, err := d.readMemory(ctx)
	if err != nil || len(d.list.statuses) == 1 && d.list.statuses[0] == d.list.open {
		return memory, err
	}
	entries, page, err := d.list.from.Closed(ctx, ports.ClosedQuery{
		Statuses: d.list.statuses, Terms: d.list.terms,
		Created: d.list.Created, Updated: d.list.Updated, Sort: d.list.Sort, Descending: d.list.Descending,
		After: after, Limit: d.list.Limit + 1, Examine: max(1, d.list.budget.entries-examined),
	})
	if err != nil {
		return reach{}, err
	}
	d.walk.After = after
	for _, entry := range entries {
		if err := d.addClosed(ctx, entry); err != nil {
			return reach{}, err
		}
	}
	return d.smaller(memory, reach{end: page.End, more: page.More}), nil
}

// readMemory reads entries in memory until it has enough or has examined enough.
func (d *draft[A]) readMemory(ctx context.Context) (reach, int, error) {
	b := d.list.budget
	for examined := 0; ; {
		if err := ctx.Err(); err != nil {
			return reach{}, 0, err
		}
		step := d.list.from.Step(&d.walk, min(b.step, b.inMemory-examined))
		for _, entry := range step.Entries {
			d.add(entry)
		}
		examined += step.Examined
		if !step.More || examined >= b.inMemory || len(d.found) > d.list.Limit {
			return reach{end: step.End, more: step.More}, examined, nil
		}
		d.walk.After = step.End
	}
}

// smaller returns the place up to which two parts of a page have all entries.
func (d *draft[A]) smaller(a, b reach) reach {
	if !a.more || b.more && d.walk.Compare(b.end, a.end) < 0 {
		return b
	}
	return a
}

// add adds an entry in memory, if it fits.
func (d *draft[A]) add(entry *A) {
	if d.list.overdue(entry, d.list.now) {
		d.overdue[d.list.view(entry).id] = entry
		entry = d.list.at(entry, d.list.now)
	}
	v := d.list.view(entry)
	if d.list.fits(entry, v) {
		d.found = append(d.found, placed[A]{entry, inventory.PlaceOf(d.list.Sort, v.id, v.created, v.updated)})
		d.ids[v.id] = true
	}
}

// addClosed adds an entry of the index as it is now, unless the draft has it.
func (d *draft[A]) addClosed(ctx context.Context, entry *A) error {
	id := d.list.view(entry).id
	if d.ids[id] {
		return nil
	}
	newer := d.list.from.InMemory(id)
	if newer == nil && d.list.from.Evictions() != d.evictions {
		// The entry may have changed and left memory since the index was read.
		var err error
		if newer, err = d.list.find(ctx, id); err != nil {
			return err
		}
	}
	if newer != nil {
		entry = newer
	}
	d.add(entry)
	if last := len(d.found) - 1; d.ids[id] && !d.walk.Begun(d.found[last].place) {
		d.found = d.found[:last] // it has moved to a page before
	}
	return nil
}

func (l *listOf[A]) fits(entry *A, v view) bool {
	return (len(l.statuses) == 0 || slices.Contains(l.statuses, v.status)) &&
		l.Created.Contains(v.created) && l.Updated.Contains(v.updated) && l.matches(entry)
}

// settle waits for decisions under way about the overdue entries that the draft depends on, unless
// that has been done, and reports whether the draft has them as these decisions left them.
func (d *draft[A]) settle(ctx context.Context, settled map[string]bool) (bool, error) {
	for id := range d.overdue {
		if settled[id] {
			delete(d.overdue, id)
		}
	}
	if len(d.overdue) == 0 {
		return true, nil
	}
	if err := d.list.settle(ctx, slices.Sorted(maps.Keys(d.overdue))); err != nil {
		return false, err
	}
	exact := true
	for id, entry := range d.overdue {
		settled[id] = true
		exact = exact && d.list.from.InMemory(id) == entry
	}
	return exact, nil
}

// cut returns the entries of the page in their order, and where it ends: at the limit, or where
// the smaller of its parts ended.
func (d *draft[A]) cut(end reach) ([]placed[A], reach) {
	if end.more {
		d.found = slices.DeleteFunc(d.found, func(p placed[A]) bool { return d.walk.Compare(p.place, end.end) > 0 })
	}
	slices.SortFunc(d.found, func(a, b placed[A]) int { return d.walk.Compare(a.place, b.place) })
	if limit := d.list.Limit; len(d.found) > limit {
		d.found = d.found[:limit]
		end = reach{end: d.found[limit-1].place, more: true}
	}
	return d.found, end
}
