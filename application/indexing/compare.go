package indexing

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Fold is what a log leads to up to the last commit that was read.
type Fold interface {
	// Flush returns an index of everything that is closed, which may have older versions of what is open.
	Flush(ctx context.Context) (ports.QueryIndex, error)
	// Open returns the version of an entry that is open, else 0.
	Open(kind ports.EntryKind, id string) event.Version
}

// DifferenceError means that an index has not what the log leads to.
type DifferenceError struct {
	Index   string          // its name
	Entry   ports.EntryKind // empty if it is about the whole
	ID      string
	Problem string
}

func (e *DifferenceError) Error() string {
	if e.Entry == "" {
		return fmt.Sprintf("%s: %s", e.Index, e.Problem)
	}
	return fmt.Sprintf("%s: %s %q: %s", e.Index, e.Entry, e.ID, e.Problem)
}

// Comparison checks that an index has what a log leads to at its mark, while a caller reads the log
// from its beginning.
type Comparison struct {
	name    string
	index   ports.QueryIndex
	fold    Fold
	reached bool                // the mark
	ahead   []ports.ClosedEntry // of commits after the mark, such as those of a write that was not the last of several
}

// Compare begins a comparison of an index that nothing else uses.
func Compare(name string, index ports.QueryIndex, fold Fold) *Comparison {
	return &Comparison{name: name, index: index, fold: fold, reached: index.Mark().Position == 0}
}

// Next takes the next commit of the log, which the fold has. *DifferenceError says what the index
// has instead of what the log leads to; other errors are those of the indexes.
func (c *Comparison) Next(ctx context.Context, commit ports.Recorded) error {
	mark := c.index.Mark()
	if commit.Position != mark.Position {
		return nil
	}
	if commit.ID != mark.Commit {
		return &DifferenceError{Index: c.name, Problem: "it is the index of another log"}
	}
	c.reached = true
	return c.compare(ctx)
}

// End compares what the index has beyond its mark, and returns how many entries it has.
func (c *Comparison) End(ctx context.Context) (int64, error) {
	mark := c.index.Mark()
	if !c.reached {
		problem := fmt.Sprintf("the log ends before its mark at position %d", mark.Position)
		return 0, &DifferenceError{Index: c.name, Problem: problem}
	}
	folded, err := c.fold.Flush(ctx)
	if err != nil {
		return 0, err
	}
	for _, got := range c.ahead {
		want, _, err := folded.Find(ctx, got.Kind, got.ID)
		if err != nil {
			return 0, err
		}
		open := c.fold.Open(got.Kind, got.ID)
		if last := max(want.Version, open); got.Version > last || got.Version == open {
			return 0, c.differ(got, versions(got, last))
		}
		if got.Version == want.Version {
			if err := c.same(got, want); err != nil {
				return 0, err
			}
		}
	}
	return c.index.Status().Entries, nil
}

func versions(got ports.ClosedEntry, last event.Version) string {
	return fmt.Sprintf("has version %d, the log leads to %d", got.Version, last)
}

func (c *Comparison) differ(e ports.ClosedEntry, problem string) error {
	return &DifferenceError{Index: c.name, Entry: e.Kind, ID: e.ID, Problem: problem}
}

// compare compares the index with the fold at the mark.
func (c *Comparison) compare(ctx context.Context) error {
	folded, err := c.fold.Flush(ctx)
	if err != nil {
		return err
	}
	count := int64(0)
	for _, kind := range []ports.EntryKind{ports.ReservationEntry, ports.TransferEntry} {
		n, err := c.compareKind(ctx, kind, folded)
		if err != nil {
			return err
		}
		count += n
	}
	if entries := c.index.Status().Entries; entries != count {
		problem := fmt.Sprintf("it says that it has %d entries, and has %d", entries, count)
		return &DifferenceError{Index: c.name, Problem: problem}
	}
	return nil
}

// compareKind goes through both indexes in the order of ids, and returns how many entries the one has.
func (c *Comparison) compareKind(ctx context.Context, kind ports.EntryKind, folded ports.QueryIndex) (int64, error) {
	has, leads := reader{index: c.index, kind: kind}, reader{index: folded, kind: kind}
	defer has.close()
	defer leads.close()
	for count := int64(0); ; {
		got, more, err := has.peek(ctx)
		if err != nil {
			return 0, err
		}
		want, wanted, err := leads.peek(ctx)
		if err != nil || !more && !wanted {
			return count, err
		}
		order := strings.Compare(got.ID, want.ID)
		if !wanted {
			order = -1
		} else if !more {
			order = 1
		}
		if order <= 0 {
			has.take()
			count++
		}
		if order >= 0 {
			leads.take()
		}
		if err := c.check(order, got, want); err != nil {
			return 0, err
		}
	}
}

// check compares an entry of the index with that of the fold; order < 0: with none, > 0: the index
// has none.
func (c *Comparison) check(order int, got, want ports.ClosedEntry) error {
	if order > 0 {
		if c.fold.Open(want.Kind, want.ID) > 0 {
			return nil
		}
		return c.differ(want, fmt.Sprintf("is missing, the log leads to version %d", want.Version))
	}
	open := c.fold.Open(got.Kind, got.ID)
	if order < 0 {
		want = ports.ClosedEntry{}
	}
	switch last := max(open, want.Version); {
	case got.Version > last:
		c.ahead = append(c.ahead, got)
		return nil
	case open > 0 && got.Version < open:
		return nil // it was opened again: memory has it
	case got.Version < last || open > 0:
		return c.differ(got, versions(got, last))
	}
	return c.same(got, want)
}

func (c *Comparison) same(got, want ports.ClosedEntry) error {
	if !bytes.Equal(got.Data, want.Data) {
		return c.differ(got, fmt.Sprintf("says %.200q, the log leads to %.200q", got.Data, want.Data))
	}
	compareTerms := func(a, b ports.SearchTerm) int {
		return cmp.Or(strings.Compare(string(a.Field), string(b.Field)), strings.Compare(a.Value, b.Value))
	}
	if got.Status != want.Status || !got.CreatedAt.Equal(want.CreatedAt) || !got.UpdatedAt.Equal(want.UpdatedAt) ||
		!slices.Equal(slices.SortedFunc(slices.Values(got.Terms), compareTerms),
			slices.SortedFunc(slices.Values(want.Terms), compareTerms)) {
		return c.differ(got, "is found by other facts than it has")
	}
	return nil
}

// reader goes through the entries of a kind in the order of their ids.
type reader struct {
	index ports.QueryIndex
	kind  ports.EntryKind
	next  func() (ports.ClosedEntry, error, bool)
	stop  func()
	got   *ports.ClosedEntry
}

// peek returns the next entry, until take is called.
func (r *reader) peek(ctx context.Context) (e ports.ClosedEntry, more bool, err error) {
	if r.next == nil {
		r.next, r.stop = iter.Pull2(entriesOf(ctx, r.index, r.kind))
	}
	if r.got == nil {
		if e, err, more = r.next(); err != nil || !more {
			return e, false, err
		}
		r.got = &e
	}
	return *r.got, true, nil
}

func (r *reader) take() { r.got = nil }

func (r *reader) close() {
	if r.stop != nil {
		r.stop()
	}
}

// entriesOf are the entries of an index of one kind, in the order of their ids.
func entriesOf(ctx context.Context, index ports.QueryIndex, kind ports.EntryKind) iter.Seq2[ports.ClosedEntry, error] {
	const together = 1000
	return func(yield func(ports.ClosedEntry, error) bool) {
		q := ports.ClosedQuery{Kind: kind, Sort: ports.ByID, Limit: together, Examine: together}
		for {
			page, err := index.List(ctx, q)
			if err != nil {
				yield(ports.ClosedEntry{}, fmt.Errorf("read index: %w", err))
				return
			}
			for _, e := range page.Entries {
				if !yield(e, nil) {
					return
				}
			}
			if q.After = page.End; !page.More {
				return
			}
		}
	}
}
