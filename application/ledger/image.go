package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// Image is everything that the log up to one position leads to. It is either
// built, from a log or a snapshot, or a running ledger's, frozen.
type Image struct {
	state    *state
	position event.Position
	release  func()
}

// NewImage is the image of an empty log, to be built.
func NewImage() *Image { return &Image{state: newState(), release: func() {}} }

// Freeze is the ledger's state as it is, while later commits go on: what they
// change is kept as it was until Release. One freeze at a time.
func (l *Ledger) Freeze(ctx context.Context) (*Image, error) {
	at := l.state.freeze()
	// Commits up to there may still be on their way to readers.
	if err := l.WaitFor(ctx, at); err != nil {
		l.state.thaw()
		return nil, fmt.Errorf("freeze: %w", err)
	}
	return &Image{state: l.state, position: at, release: l.state.thaw}, nil
}

// Restore begins with an image, which must be that of the ledger's own log, in
// place of an empty state. It comes before Open and takes the image over.
func (l *Ledger) Restore(i *Image) {
	l.state = i.state
	l.state.freezer.showing.Store(int64(i.position))
	l.horizon.reached, l.restored = i.position, i.position
}

// Restored is the position of the image that the ledger began with, 0 if it began
// with the log.
func (l *Ledger) Restored() event.Position { return l.restored }

// Release ends a freeze.
func (i *Image) Release() { i.release() }

// Position is that of the last commit in the image, 0 if there is none.
func (i *Image) Position() event.Position { return i.position }

// Fold adds the next commit of the log.
func (i *Image) Fold(c ports.Recorded) error {
	if c.Position != i.position+1 {
		return fmt.Errorf("position %d does not follow %d", c.Position, i.position)
	}
	i.position = c.Position
	return i.state.fold(c, false)
}

// At says which position an image is of that was built without Fold.
func (i *Image) At(p event.Position) { i.position = p }

// Expect makes room for so many items.
func (i *Image) Expect(items int) {
	i.state.items = make(map[stock.Key]*shown, items)
}

// AddItem adds an item with its holds, which the image has not yet. The image
// keeps it, and the text of its names.
func (i *Image) AddItem(item *stock.Item) { i.state.add(item) }

// AddReservation adds an open reservation. The image keeps it.
func (i *Image) AddReservation(r *reservation.Reservation) { i.state.reservations.show(r, false) }

// AddTransfer adds an open transfer. The image keeps it.
func (i *Image) AddTransfer(t *transfer.Transfer) { i.state.transfers.show(t, false) }

// AddClosedReservation adds what is kept of a closed reservation.
func (i *Image) AddClosedReservation(id string, version event.Version) {
	i.state.reservations.addClosed(id, version)
}

// AddClosedTransfer adds what is kept of a closed transfer.
func (i *Image) AddClosedTransfer(id string, version event.Version) {
	i.state.transfers.addClosed(id, version)
}

// Size is how many items there are, or a few less than in a frozen image.
func (i *Image) Size() int {
	i.state.mu.RLock()
	defer i.state.mu.RUnlock()
	return len(i.state.items)
}

// Items are all items that exist, with their holds as written, ordered by store
// and SKU.
func (i *Image) Items() iter.Seq[*stock.Item] {
	return func(yield func(*stock.Item) bool) {
		i.state.mu.RLock()
		stores := slices.Clone(i.state.stores)
		i.state.mu.RUnlock()
		for _, store := range stores {
			for item := range i.state.shelf(store) {
				if item.Exists() && !yield(item) {
					return
				}
			}
		}
	}
}

// shelf visits the items of a store as they were, where something is frozen.
func (s *state) shelf(store string) iter.Seq[*stock.Item] {
	return func(yield func(*stock.Item) bool) {
		behind := ""
		for step := make([]*shown, 0, walkStep); ; {
			s.mu.RLock()
			step = s.shelves[store].from(step[:0], func(place *shown) bool { return place.Load().SKU > behind }, walkStep)
			s.mu.RUnlock()
			for _, place := range step {
				item := s.freezer.look(place)
				if behind = item.SKU; !yield(item) {
					return
				}
			}
			if len(step) < walkStep {
				return
			}
		}
	}
}

// Entry is an open reservation or transfer, or what is kept of a closed one.
type Entry[A any] struct {
	ID      string
	Version event.Version
	Open    *A // nil if it is closed
}

// Reservations are all reservations, ordered by id.
func (i *Image) Reservations() iter.Seq[Entry[reservation.Reservation]] {
	return i.state.reservations.all()
}

// Transfers are all transfers, ordered by id.
func (i *Image) Transfers() iter.Seq[Entry[transfer.Transfer]] { return i.state.transfers.all() }

// all visits the entries as they were, where the book is frozen.
func (b *book[A]) all() iter.Seq[Entry[A]] {
	return func(yield func(Entry[A]) bool) {
		var step []string
		for behind := ""; ; {
			step = b.names(step[:0], behind, Scope{Open: true, Closed: true}, walkStep)
			for _, id := range step {
				behind = id
				if entry := b.entry(id); entry.Version > 0 && !yield(entry) {
					return
				}
			}
			if len(step) < walkStep {
				return
			}
		}
	}
}
