package queryindex

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/ports"
)

// selective lists the fields of terms from the one that tells the fewest entries apart from the rest.
var selective = []ports.TermField{
	ports.ReferenceTerm, ports.ItemTerm, ports.OwnerTerm, ports.SKUTerm, ports.FromTerm, ports.ToTerm, ports.StoreTerm,
}

// search reads one page. It merges the keys of the query's statuses in its most selective dimension.
type search struct {
	store  orderedkv.Store
	q      ports.ClosedQuery
	filter filter
	runs   []*run
	taken  *run // the one that next returned
}

// run is the keys of one status that the search has not visited yet.
type run struct {
	status string
	prefix int // length of what all keys begin with
	next   func() (orderedkv.Pair, error, bool)
	stop   func()

	at      []byte // of the next key, what follows the prefix
	summary []byte
	ended   bool
}

func newSearch(store orderedkv.Store, q ports.ClosedQuery, statuses []string) *search {
	s := &search{store: store, q: q, filter: newFilter(q)}
	for _, status := range statuses {
		if len(q.Statuses) == 0 || slices.Contains(q.Statuses, status) {
			s.runs = append(s.runs, s.run(status))
		}
	}
	return s
}

func (s *search) run(status string) *run {
	prefix := appendRange(nil, s.q.Kind, s.q.Sort, dimension(s.q.Terms), status)
	lower, upper := s.bounds(prefix)
	r := &run{status: status, prefix: len(prefix)}
	r.next, r.stop = iter.Pull2(s.store.Scan(lower, upper, s.q.Descending))
	return r
}

// dimension returns the most selective of a query's terms.
func dimension(terms []ports.SearchTerm) ports.SearchTerm {
	for _, field := range selective {
		for _, t := range terms {
			if t.Field == field {
				return t
			}
		}
	}
	return ports.SearchTerm{Field: allEntries}
}

// bounds returns the first key of a range that a page may have, and the first one after them.
func (s *search) bounds(prefix []byte) (lower, upper []byte) {
	switch s.q.Sort {
	case ports.ByCreated:
		lower, upper = s.filter.created.within(prefix)
	case ports.ByUpdated:
		lower, upper = s.filter.updated.within(prefix)
	default:
		lower, upper = span{}.within(prefix)
	}
	if s.q.After == (ports.EntryPlace{}) {
		return lower, upper
	}
	place := appendPlace(slices.Clone(prefix), s.q.Sort, s.q.After)
	if s.q.Descending {
		return lower, slices.MinFunc([][]byte{upper, place}, bytes.Compare)
	}
	return slices.MaxFunc([][]byte{lower, append(place, 0)}, bytes.Compare), upper
}

// page reads the page.
func (s *search) page(ctx context.Context) (ports.ClosedPage, error) {
	page := ports.ClosedPage{End: s.q.After}
	for examined := 0; ; examined++ {
		if err := ctx.Err(); err != nil {
			return ports.ClosedPage{}, err
		}
		r, err := s.next()
		if err != nil || r == nil {
			return page, err
		}
		if examined == s.q.Examine || len(page.Entries) == s.q.Limit {
			page.More = true
			return page, nil
		}
		page.End = placeOf(s.q.Sort, r.at)
		if !s.filter.mayFit(r.at, r.summary) {
			continue
		}
		e, found, err := find(s.store, s.q.Kind, page.End.ID)
		if err != nil {
			return ports.ClosedPage{}, err
		}
		if found && s.fits(&e, r) {
			page.Entries = append(page.Entries, e)
		}
	}
}

// next returns the run with the next key of all, or nil after the last one.
func (s *search) next() (*run, error) {
	var first *run
	for _, r := range s.runs {
		if r == s.taken || s.taken == nil {
			if err := r.advance(); err != nil {
				return nil, err
			}
		}
		if !r.ended && (first == nil || s.before(r.at, first.at)) {
			first = r
		}
	}
	s.taken = first
	return first, nil
}

func (s *search) before(a, b []byte) bool {
	if s.q.Descending {
		a, b = b, a
	}
	return bytes.Compare(a, b) < 0
}

// advance moves a run to its next key.
func (r *run) advance() error {
	pair, err, found := r.next()
	if err != nil {
		return err
	}
	if r.ended = !found; found {
		r.at, r.summary = pair.Key[r.prefix:], pair.Value
	}
	return nil
}

// fits reports whether an entry is one of the query's and still as its key says: a Put may have
// replaced it since the search began.
func (s *search) fits(e *ports.ClosedEntry, r *run) bool {
	if e.Status != r.status || !bytes.Equal(appendPlace(nil, s.q.Sort, place(s.q.Sort, e)), r.at) {
		return false
	}
	for _, t := range s.q.Terms {
		if !slices.Contains(e.Terms, t) {
			return false
		}
	}
	return s.q.Created.Contains(e.CreatedAt) && s.q.Updated.Contains(e.UpdatedAt)
}

// stop ends the scans.
func (s *search) stop() {
	for _, r := range s.runs {
		r.stop()
	}
}
