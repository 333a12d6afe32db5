package indexing

import (
	"cmp"
	"slices"

	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// waiting is a closed entry in memory: one of the two is set.
type waiting struct {
	at, since   event.Position // the bounds of the position of its commit
	reservation *reservation.Reservation
	transfer    *transfer.Transfer
}

// waitingIn returns the closed entries in a state's memory of commits up to a position, those first that
// may have closed earliest.
func waitingIn(state *inventory.State, upTo event.Position) []waiting {
	reservations, transfers := state.Reservations().Closings(upTo), state.Transfers().Closings(upTo)
	list := make([]waiting, 0, len(reservations)+len(transfers))
	for _, c := range reservations {
		list = append(list, waiting{at: c.At, since: c.Since, reservation: c.Entry})
	}
	for _, c := range transfers {
		list = append(list, waiting{at: c.At, since: c.Since, transfer: c.Entry})
	}
	slices.SortFunc(list, func(a, b waiting) int { // also within a commit, so that a run can be repeated
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.id(), b.id()))
	})
	return list
}

func (w waiting) id() string {
	if w.reservation != nil {
		return w.reservation.ID
	}
	return w.transfer.ID
}

// entries returns what the index gets.
func entries(list []waiting) []ports.ClosedEntry {
	made := make([]ports.ClosedEntry, len(list))
	for i, w := range list {
		if w.reservation != nil {
			made[i] = closed.FromReservation(w.reservation)
		} else {
			made[i] = closed.FromTransfer(w.transfer)
		}
	}
	return made
}

// evict removes entries of commits up to a position from memory, and returns the others.
func evict(state *inventory.State, list []waiting, upTo event.Position) (rest []waiting) {
	var reservations []inventory.Closing[reservation.Reservation]
	var transfers []inventory.Closing[transfer.Transfer]
	for _, w := range list {
		switch {
		case w.at > upTo:
			rest = append(rest, w)
		case w.reservation != nil:
			reservations = append(reservations, inventory.Closing[reservation.Reservation]{Entry: w.reservation, At: w.at})
		default:
			transfers = append(transfers, inventory.Closing[transfer.Transfer]{Entry: w.transfer, At: w.at})
		}
	}
	state.Reservations().Evict(reservations)
	state.Transfers().Evict(transfers)
	return rest
}
