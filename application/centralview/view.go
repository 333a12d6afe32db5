package centralview

import (
	"context"
	"iter"
	"sync"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Name is the view's name as a projection.
const Name = "central-view"

// View is the central view. It is a projection.Target: one goroutine hands it events, and any
// goroutine may read it at the same time.
type View struct {
	mu    sync.RWMutex
	state state
	pages *pageCache // nil caches nothing
}

// New creates an empty view.
func New() *View { return &View{state: newState()} }

// Handle folds events, after which the view is at position upto. An event that cannot be read
// stops it: the earlier ones are folded, and the position does not change.
func (v *View) Handle(ctx context.Context, events []ports.StreamEvent, upto event.Position) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range events {
		sku, err := v.state.apply(&events[i])
		if err != nil {
			return i, err
		}
		if sku != "" {
			v.pages.invalidate(ctx, sku) // under the lock: a page that is made later has the event
		}
	}
	v.state.position = upto
	return len(events), nil
}

// Get looks a SKU up.
func (v *View) Get(sku string) SKU {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.state.get(sku)
}

// Page returns the page of a SKU, and false if no store has the SKU. The context is for the cache
// only.
func (v *View) Page(ctx context.Context, sku string) (Page, bool) {
	if v.pages == nil {
		return makePage(v.Get(sku))
	}
	// The position is read before the cache: the pages of events up to it were invalidated
	// before the view reached it.
	position := v.Position()
	members, ticket, ok := v.pages.get(ctx, sku)
	if ok {
		return Page{Members: members, Position: position}, true
	}
	page, known := makePage(v.Get(sku))
	v.pages.put(ctx, ticket, page.Members)
	return page, known
}

// Position returns the position up to which the log is folded.
func (v *View) Position() event.Position {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.state.position
}

// Items returns the number of items.
func (v *View) Items() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.state.items
}

func (v *View) snapshot() *state {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state.snapshot()
}

// Snapshot returns the view of now as records, one JSON object each: the stores in the order of
// their numbers, and then each SKU's totals and items. Later events do not change them.
func (v *View) Snapshot() iter.Seq[[]byte] { return records(v.snapshot()) }

// Restore reads the records of Snapshot into an empty view.
func (v *View) Restore(records iter.Seq2[[]byte, error]) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return restore(&v.state, records)
}

// Check checks that the totals of each SKU are the sums of its items, and compares each item with
// elsewhere, where that has the same version. The view continues meanwhile; the check is of the
// view at its begin. An error is the context's.
func (v *View) Check(ctx context.Context, elsewhere func(stock.Key) stock.Levels) (Checked, error) {
	return check(ctx, v.snapshot(), elsewhere)
}

// Diff returns the first difference of two views at the same position, "" if there is none.
func (v *View) Diff(other *View) string { return diff(v.snapshot(), other.snapshot()) }
