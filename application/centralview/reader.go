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

// Retry has the pauses after which an event that the view cannot handle is tried again.
var Retry = projection.After(
	100*time.Millisecond, 200*time.Millisecond, 400*time.Millisecond, 800*time.Millisecond, 1600*time.Millisecond,
)

// Reader reads the view that a runner builds.
type Reader struct {
	runner *projection.Runner
	ledger *ledger.Ledger

	checking sync.Mutex // one check at a time: it reads the whole view
}

// NewReader creates a reader. Checks compare the view with the ledger.
func NewReader(runner *projection.Runner, l *ledger.Ledger) *Reader {
	return &Reader{runner: runner, ledger: l}
}

// Answer is the page of a SKU and the age of the view.
type Answer struct {
	Page
	Lag time.Duration // the age of the oldest commit that the view does not have
}

// Get looks a SKU up after the view has reached a position; 0 is at once. It returns
// ledger.ErrBehind if ctx ends before that or the view is not loaded, and query.ErrItemNotFound
// if no store has the SKU.
func (r *Reader) Get(ctx context.Context, sku string, from event.Position) (Answer, error) {
	if err := r.runner.WaitFor(ctx, from); err != nil {
		return Answer{}, err
	}
	view, ok := r.runner.Target().(*View)
	if !ok {
		return Answer{}, ledger.ErrBehind
	}
	page, known := view.Page(ctx, sku)
	if !known {
		return Answer{}, query.ErrItemNotFound
	}
	return Answer{Page: page, Lag: r.runner.Behind(ctx, page.Position)}, nil
}

// Reached reports whether the view has reached a position.
func (r *Reader) Reached(p event.Position) bool { return r.runner.Reached(p) }

// WaitFor waits until the view has reached a position, as Get does.
func (r *Reader) WaitFor(ctx context.Context, p event.Position) error {
	return r.runner.WaitFor(ctx, p)
}

// Check checks the whole view against the ledger, as View.Check does.
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
