package stock

import (
	"iter"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// A deadline is exact: at ExpiresAt a hold stops counting, whether or not an
// event says so already. At shows the item as it is then; Expire gives the
// events that say so. Both agree on every number, the version included.

// Holds visits the holds that count in the order in which they expire: by
// deadline, then by reservation.
func (i Item) Holds() iter.Seq[Hold] { return i.holds.all() }

// HoldCount is how many holds there are.
func (i Item) HoldCount() int { return i.holds.size() }

// HoldsAs reports whether the item's holds are exactly those of another value of it, from which
// no change has parted them.
func (i Item) HoldsAs(other *Item) bool { return i.holds == other.holds }

// HeldUnits returns the sum of the holds' units: the reserved units.
func (i Item) HeldUnits() int64 { return i.holds.total() }

// Hold is the hold of a reservation with a deadline (zero for none), if there
// is one.
func (i Item) Hold(reservationID string, expiresAt time.Time) (Hold, bool) {
	h := i.holds.find(deadlineOf(expiresAt), reservationID)
	if h == nil {
		return Hold{}, false
	}
	return h.hold(), true
}

// Overdue is how many holds no longer count at now without an event that says
// so.
func (i Item) Overdue(now time.Time) int {
	if i.holds == nil {
		return 0
	}
	count, _ := i.holds.overdue(now.UnixMicro())
	return count
}

// At returns the item at now: every hold with a deadline that has come is expired, and
// version and time are those after the events that will say so.
func (i Item) At(now time.Time) Item {
	if i.holds == nil {
		return i
	}
	at := now.UnixMicro()
	count, units := i.holds.overdue(at)
	if count == 0 {
		return i
	}
	low := i.IsLow()
	i.UpdatedAt = i.holds.lastOverdue(at)
	i.holds = i.holds.live(at)
	i.Reserved -= units
	i.Version += event.Version(count)
	if low && !i.IsLow() { // on the way up the threshold is crossed once
		i.Version++
	}
	return i
}

// AtVersion is the item at a version that the events of overdue holds will
// bring; false if they do not lead to it.
func (i Item) AtVersion(version event.Version, now time.Time) (Item, bool) {
	for _, e := range i.Expire(now, max(0, int(version-i.Version))) {
		if i.Version >= version {
			break
		}
		i.Apply(e)
	}
	return i, i.Version == version
}

// Expire gives the events of up to limit overdue holds, those that expired
// first first, each at its deadline.
func (i Item) Expire(now time.Time, limit int) []Event {
	n := min(i.Overdue(now), limit)
	if n <= 0 {
		return nil
	}
	events := make([]Event, 0, n+1)
	for h := range i.holds.all() {
		if n == 0 {
			break
		}
		n--
		events = i.happen(events, h.ExpiresAt, Expired{ReservationID: h.ReservationID, Quantity: h.Quantity})
	}
	return events
}

// lastOverdue is the latest deadline that has come. There must be one.
func (h *holds) lastOverdue(at int64) time.Time {
	var last int64
	for h != nil {
		if h.deadline > at {
			h = h.left
			continue
		}
		last = h.deadline
		h = h.right
	}
	return timeOf(last)
}
