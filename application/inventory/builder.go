package inventory

import (
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Builder builds a state from what a snapshot says, item by item. It is not safe for
// concurrent use.
type Builder struct{ state *State }

// NewBuilder begins with an empty state.
func NewBuilder() *Builder { return &Builder{state: NewState()} }

// Expect makes room for a number of items.
func (b *Builder) Expect(items int) { b.state.items.expect(items) }

// AddItem adds an item with its holds, which the state does not have yet. The state
// keeps it, and the text of its names.
func (b *Builder) AddItem(item *stock.Item) { b.state.items.add(item) }

// AddReservation adds an open reservation. The state keeps it.
func (b *Builder) AddReservation(r *reservation.Reservation) { b.state.reservations.publish(r, false) }

// AddTransfer adds an open transfer. The state keeps it.
func (b *Builder) AddTransfer(t *transfer.Transfer) { b.state.transfers.publish(t, false) }

// AddClosedReservation adds the entry of a closed reservation.
func (b *Builder) AddClosedReservation(id string, version event.Version) {
	b.state.reservations.addClosed(id, version)
}

// AddClosedTransfer adds the entry of a closed transfer.
func (b *Builder) AddClosedTransfer(id string, version event.Version) {
	b.state.transfers.addClosed(id, version)
}

// State returns the result, as the state after the commit at a position. The
// builder must not be used any more.
func (b *Builder) State(at event.Position) *State {
	s := b.state
	s.built = at
	s.visible.start(at)
	s.writes.begun.Store(int64(at))
	return s
}
