package inventory

import (
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// Builder builds a state from what a snapshot says, item by item. It is not safe for
// concurrent use.
type Builder struct {
	state *State
	at    event.Position
}

// NewBuilder begins with an empty state that has an index.
func NewBuilder(index ports.QueryIndex) *Builder { return &Builder{state: NewState(index)} }

// Begin says that the state is that after the commit at a position, and makes room for a number of
// items. It comes first.
func (b *Builder) Begin(at event.Position, items int) {
	b.at = at
	b.state.items.expect(items)
}

// AddItem adds an item with its holds, which the state does not have yet. The state
// keeps it, and the text of its names.
func (b *Builder) AddItem(item *stock.Item) { b.state.items.add(item) }

// AddReservation adds a reservation that the state does not have yet. The state keeps it.
func (b *Builder) AddReservation(r *reservation.Reservation) { b.state.reservations.load(r, b.at) }

// AddTransfer does the same with a transfer.
func (b *Builder) AddTransfer(t *transfer.Transfer) { b.state.transfers.load(t, b.at) }

// State returns the result. The builder must not be used any more.
func (b *Builder) State() *State {
	s := b.state
	s.built = b.at
	s.visible.start(b.at)
	s.writes.begun.Store(int64(b.at))
	return s
}
