package inventory

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// copyOnWrite lets a snapshot read the items as they were after one commit while
// later commits are published: each publication first puts aside the values that it replaces.
// A commit is published as a whole, before a cut or after it.
type copyOnWrite struct {
	cut    sync.RWMutex   // held to read while a commit is published
	after  event.Position // publications of later commits put replaced values aside
	active bool           // a snapshot is read
	begun  atomic.Int64   // the highest position with a publication that has begun

	mu     sync.Mutex
	before map[*cell]*stock.Item // items as they were at the cut; nil while there is no snapshot
}

// never is later than every commit.
const never = math.MaxInt64

// begin is called before the commit at a position is published, and end after that.
// It reports whether the publication must put replaced values aside.
func (w *copyOnWrite) begin(p event.Position) (aside bool) {
	w.cut.RLock()
	for {
		highest := w.begun.Load()
		if int64(p) <= highest || w.begun.CompareAndSwap(highest, int64(p)) {
			return p > w.after
		}
	}
}

func (w *copyOnWrite) end() { w.cut.RUnlock() }

// putAside keeps what a cell holds, unless that has been done. mine says that the
// caller did it before, and lost the race to publish afterwards.
func (w *copyOnWrite) putAside(c *cell, item *stock.Item, mine bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, already := w.before[c]; already && !mine {
		return false
	}
	w.before[c] = item
	return true
}

// prolong gives the hold of a reservation another deadline in what is kept of a cell, for a commit
// before the cut that is published after a later one.
func (w *copyOnWrite) prolong(c *cell, r *reservation.Reservation, until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if before, kept := w.before[c]; kept {
		item := *before
		if item.Prolong(r.ID, r.ExpiresAt, until) {
			w.before[c] = &item
		}
	}
}

// item returns what a cell held at the cut.
func (w *copyOnWrite) item(c *cell) *stock.Item {
	item := c.Load() // first: a publication puts the item aside before it replaces it
	w.mu.Lock()
	defer w.mu.Unlock()
	if before, changed := w.before[c]; changed {
		return before
	}
	return item
}
