package ledger

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// freezer lets the state be seen as it was after one commit while later commits
// are shown: each of them first puts aside what it replaces. A commit is shown
// as a whole before a freeze or behind it.
type freezer struct {
	cut     sync.RWMutex   // held to read while a commit is shown
	at      event.Position // what is shown of later commits is put aside; none while nothing is frozen
	showing atomic.Int64   // highest position that has begun to be shown

	mu   sync.Mutex
	kept map[*shown]*stock.Item // as they were; nil while nothing is frozen
}

// none is later than every commit.
const none = math.MaxInt64

// begin says that the commit at a position is shown from now until end, and
// whether what it replaces is to be put aside.
func (f *freezer) begin(p event.Position) (keep bool) {
	f.cut.RLock()
	for {
		highest := f.showing.Load()
		if int64(p) <= highest || f.showing.CompareAndSwap(highest, int64(p)) {
			return p > f.at
		}
	}
}

func (f *freezer) end() { f.cut.RUnlock() }

// keep puts aside what a place shows, unless that has been done; mine tells that
// the caller did, and that somebody else was quicker to show something after all.
func (f *freezer) keep(place *shown, before *stock.Item, mine bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, already := f.kept[place]; already && !mine {
		return false
	}
	f.kept[place] = before
	return true
}

// look is what a place showed when the state was frozen, or shows if it is not.
func (f *freezer) look(place *shown) *stock.Item {
	item := place.Load() // first: what replaces it later puts it aside before
	f.mu.Lock()
	defer f.mu.Unlock()
	if before, changed := f.kept[place]; changed {
		return before
	}
	return item
}

// freeze keeps the state to be seen as it is after the last commit of which
// anything is shown, and returns that commit's position.
func (s *state) freeze() event.Position {
	f := &s.freezer
	f.cut.Lock()
	defer f.cut.Unlock()
	f.at = event.Position(f.showing.Load())
	f.mu.Lock()
	f.kept = map[*shown]*stock.Item{}
	f.mu.Unlock()
	s.reservations.freeze()
	s.transfers.freeze()
	return f.at
}

// thaw forgets how things were.
func (s *state) thaw() {
	f := &s.freezer
	f.cut.Lock()
	defer f.cut.Unlock()
	f.at = none
	f.mu.Lock()
	f.kept = nil
	f.mu.Unlock()
	s.reservations.thaw()
	s.transfers.thaw()
}

func (b *book[A]) freeze() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = map[string]Entry[A]{}
}

func (b *book[A]) thaw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = nil
}

// entry is an entry as it was when the book was frozen, or is if it is not; one
// that did not exist has version 0.
func (b *book[A]) entry(id string) Entry[A] {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if before, changed := b.kept[id]; changed {
		return before
	}
	return b.current(id)
}

// current is an entry as it is. The lock is held.
func (b *book[A]) current(id string) Entry[A] {
	return Entry[A]{ID: id, Version: b.version(id), Open: b.open[id]}
}
