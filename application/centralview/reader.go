package centralview

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// Retry is when an event that the view cannot handle is tried again.
var Retry = projection.After(100*time.Millisecond, 200*time.Millisecond, 400*time.Millisecond, 800*time.Millisecond, 1600*time.Millisecond)

// Reader answers from the view that a runner builds.
type Reader struct {
	runner *projection.Runner
	ledger *ledger.Ledger

	checking sync.Mutex // one check at a time: it walks over everything
}

// NewReader makes a reader; the ledger is what checks compare the view with.
func NewReader(runner *projection.Runner, l *ledger.Ledger) *Reader {
	return &Reader{runner: runner, ledger: l}
}

// Answer is what the view says about a SKU, and how far behind the log it is.
type Answer struct {
	Page
	Lag time.Duration // how old the oldest commit is that is not in it
}

// Get looks a SKU up in the view as it is once it has come to a position; 0 is as it
// is now. ledger.ErrBehind says that it has not come there before ctx ended, or is
// not loaded yet, query.ErrItemNotFound that no store has the SKU.
func (r *Reader) Get(ctx context.Context, sku string, from event.Position) (Answer, error) {
	if err := r.runner.WaitFor(ctx, from); err != nil {
		return Answer{}, err
	}
	view, ok := r.runner.Target().(*View)
	if !ok {
		return Answer{}, ledger.ErrBehind
	}
	page, known := view.Page(sku)
	if !known {
		return Answer{}, query.ErrItemNotFound
	}
	return Answer{Page: page, Lag: r.runner.Behind(ctx, page.Position)}, nil
}

// Reached tells whether the view has come to a position, so that Get need not wait.
func (r *Reader) Reached(p event.Position) bool { return r.runner.Reached(p) }

// WaitFor waits until the view has come to a position, as Get does.
func (r *Reader) WaitFor(ctx context.Context, p event.Position) error {
	return r.runner.WaitFor(ctx, p)
}

// Check checks the whole view, see View.Check, against the ledger.
func (r *Reader) Check(ctx context.Context) (Checked, error) {
	if err := r.runner.WaitFor(ctx, 0); err != nil {
		return Checked{}, err
	}
	view, ok := r.runner.Target().(*View)
	if !ok {
		return Checked{}, fmt.Errorf("%w: not loaded", ledger.ErrBehind)
	}
	if !r.checking.TryLock() {
		return Checked{}, fmt.Errorf("%w: another check is under way", ledger.ErrOverloaded)
	}
	defer r.checking.Unlock()
	return view.Check(ctx, func(key stock.Key) stock.Levels { return r.ledger.Inventory().Item(key).Levels })
}
