package inventory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Snapshot is the state after one commit, while later commits continue. It must be
// released.
type Snapshot struct {
	state    *State
	position event.Position
	indexed  event.Position
	growth   Growth
	released atomic.Bool
}

// Snapshot begins a snapshot of the state as it is now. There is one at a time.
func (s *State) Snapshot(ctx context.Context) (*Snapshot, error) {
	at, indexed, err := s.cut()
	if err != nil {
		return nil, err
	}
	// Commits before the cut may still be on their way to readers.
	if err := s.WaitFor(ctx, at); err != nil {
		s.endCut()
		return nil, fmt.Errorf("wait for commits under way: %w", err)
	}
	return &Snapshot{state: s, position: at, indexed: indexed, growth: s.Grown()}, nil
}

// cut begins to keep the state as it is after the last commit of which anything is
// published, and returns the position of that commit. Everything that was evicted before is in
// the index at the mark whose position it returns.
func (s *State) cut() (at, indexed event.Position, err error) {
	w := &s.writes
	w.cut.Lock()
	defer w.cut.Unlock()
	if w.active {
		return 0, 0, errors.New("another snapshot is being read")
	}
	w.active, w.after = true, event.Position(w.begun.Load())
	w.mu.Lock()
	w.before = map[*cell]*stock.Item{}
	w.mu.Unlock()
	s.reservations.cut()
	s.transfers.cut()
	if s.index != nil {
		indexed = s.index.Mark().Position
	}
	return w.after, indexed, nil
}

// endCut forgets how things were.
func (s *State) endCut() {
	w := &s.writes
	w.cut.Lock()
	defer w.cut.Unlock()
	w.active, w.after = false, never
	w.mu.Lock()
	w.before = nil
	w.mu.Unlock()
	s.reservations.forget()
	s.transfers.forget()
}

// Release ends the snapshot. Releasing twice is harmless.
func (s *Snapshot) Release() {
	if !s.released.Swap(true) {
		s.state.endCut()
	}
}

// Position is that of the last commit in the snapshot, 0 if there is none.
func (s *Snapshot) Position() event.Position { return s.position }

// Indexed is the position of the index's mark that the snapshot needs: every closed entry that is
// not in the snapshot is in the index from that mark on.
func (s *Snapshot) Indexed() event.Position { return s.indexed }

// Grown is what the state had grown by at about the snapshot's position.
func (s *Snapshot) Grown() Growth { return s.growth }

// Size is how many items there are, or a few more.
func (s *Snapshot) Size() int { return s.state.ItemCount() }

// Items are all items that exist, with their holds as written, ordered by store
// and SKU.
func (s *Snapshot) Items() iter.Seq[*stock.Item] {
	return func(yield func(*stock.Item) bool) {
		for _, store := range s.state.items.storeNames() {
			for c := range s.state.items.walk(store, "", "") {
				if item := s.state.writes.item(c); item.Exists() && !yield(item) {
					return
				}
			}
		}
	}
}

// Reservations are the reservations in memory, ordered by id.
func (s *Snapshot) Reservations() iter.Seq[*reservation.Reservation] {
	return s.state.reservations.atCut()
}

// Transfers are the transfers in memory, ordered by id.
func (s *Snapshot) Transfers() iter.Seq[*transfer.Transfer] { return s.state.transfers.atCut() }
