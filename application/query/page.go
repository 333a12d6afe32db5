package query

import (
	"context"
	"maps"
	"slices"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/ports"
)

// The most that a page examines, so that every question has an answer in time.
const (
	maxInMemory = 50_000 // entries in memory
	maxInIndex  = 5_000  // entries of the index, which cost more
	maxOverdue  = 5_000  // overdue entries that are collected before a walk through the closed ones
)

// budget is how many entries a page examines, at most about.
type budget struct {
	inMemory, inIndex, overdue int
	step                       int // of those in memory, at a time
}

var pageBudget = budget{inMemory: maxInMemory, inIndex: maxInIndex, overdue: maxOverdue, step: 256}

// costOfOverdue is how many entries an overdue one counts for whose decisions under way a page awaits.
const costOfOverdue = 10

// draft is a page in the making.
type draft[A any] struct {
	list      *listOf[A]
	walk      inventory.Walk
	evictions uint64 // of entries from memory, before the draft was begun

	found   []placed[A]    // entries that fit
	indexOf map[string]int // of the entry with an id, in found
	overdue map[string]*A  // entries whose deadline has come without an event that says so
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
			indexOf: map[string]int{}, overdue: map[string]*A{},
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
	memory, err := d.readMemory(ctx)
	if err != nil || d.list.onlyOpen() {
		return memory, err
	}
	entries, page, err := d.list.readIndex(ctx, after)
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

func (l *listOf[A]) readIndex(ctx context.Context, after ports.EntryPlace) ([]*A, ports.ClosedPage, error) {
	end, err := l.indexTurns.take(ctx, l.log)
	if err != nil {
		return nil, ports.ClosedPage{}, err
	}
	defer end()
	return l.from.Closed(ctx, ports.ClosedQuery{
		Statuses: l.statuses, Terms: l.terms,
		Created: l.Created, Updated: l.Updated, Sort: l.Sort, Descending: l.Descending,
		After: after, Limit: l.Limit + 1, Examine: l.budget.inIndex,
	})
}

// readMemory reads entries in memory until it has enough or has examined enough.
func (d *draft[A]) readMemory(ctx context.Context) (reach, error) {
	end, err := d.list.memoryTurns.take(ctx, d.list.log)
	if err != nil {
		return reach{}, err
	}
	defer end()
	if d.list.onlyEnded() {
		if err := d.readOverdue(ctx); err != nil {
			return reach{}, err
		}
	}
	b, found, overdue := d.list.budget, len(d.found), len(d.overdue)
	for examined := 0; ; {
		if err := ctx.Err(); err != nil {
			return reach{}, err
		}
		step := d.list.from.Step(&d.walk, b.step)
		for _, entry := range step.Entries {
			d.add(entry)
		}
		examined += step.Examined
		cost := examined + costOfOverdue*(len(d.overdue)-overdue)
		enough := cost >= b.inMemory || len(d.found)-found > d.list.Limit
		if !step.More || enough {
			return reach{end: step.End, more: step.More}, nil
		}
		d.walk.After = step.End
	}
}

// readOverdue restricts the walk to entries that are closed, and reads the overdue ones that it does
// not visit: one of these that is closed meanwhile comes into the walk. The walk stays one through
// all entries if too many are overdue.
func (d *draft[A]) readOverdue(ctx context.Context) error {
	if d.list.Sort == ports.ByUpdated {
		d.walk.Ended = true // visits them, too
		return nil
	}
	var overdue []*A
	for after := (ports.EntryPlace{}); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		step := d.list.from.Overdue(after, d.list.now, d.list.budget.step)
		if overdue = append(overdue, step.Entries...); len(overdue) > d.list.budget.overdue {
			return nil
		}
		if after = step.End; !step.More {
			break
		}
	}
	d.walk.Ended = true
	for _, entry := range overdue {
		d.add(entry)
	}
	return nil
}

// smaller returns the place up to which two parts of a page have all entries.
func (d *draft[A]) smaller(a, b reach) reach {
	if !a.more || b.more && d.walk.Compare(b.end, a.end) < 0 {
		return b
	}
	return a
}

// add adds an entry in memory, if it fits. Most that do not are told by facts that no decision under
// way changes.
func (d *draft[A]) add(entry *A) {
	if !d.list.matches(entry) {
		return
	}
	if d.list.overdue(entry, d.list.now) {
		d.overdue[d.list.view(entry).id] = entry
		entry = d.list.at(entry, d.list.now)
	}
	v := d.list.view(entry)
	place := inventory.PlaceOf(d.list.Sort, v.id, v.created, v.updated)
	if !d.list.fits(entry, v) || !d.walk.Begun(place) {
		return
	}
	i, again := d.indexOf[v.id]
	if !again {
		i = len(d.found)
		d.indexOf[v.id] = i
		d.found = append(d.found, placed[A]{})
	}
	d.found[i] = placed[A]{entry, place}
}

// addClosed adds an entry of the index as it is now, unless the draft has it.
func (d *draft[A]) addClosed(ctx context.Context, entry *A) error {
	id := d.list.view(entry).id
	if _, has := d.indexOf[id]; has {
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
