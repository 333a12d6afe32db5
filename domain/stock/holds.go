package stock

import (
	"cmp"
	"iter"
	"math"
	"strings"
	"time"
)

// Hold is a promise of units of one item to one reservation. It counts until
// ExpiresAt and not a moment longer; a zero ExpiresAt is no deadline.
type Hold struct {
	ReservationID string
	Quantity      int64
	ExpiresAt     time.Time
}

// holds is an item's live holds in the order in which they expire: by deadline,
// then by reservation. A value never changes; every change makes a new one that
// shares most of the old one, so that a decision can look ahead without a copy
// and a reader needs no lock. It is a weight-balanced tree (Nievergelt and
// Reingold; the parameters are those proven by Hirai and Yamamoto, 2011) that
// knows the number and the units of each part, so that overdue holds are
// summed up and cut off in O(log n). The zero value, nil, is empty.
type holds struct {
	left, right *holds
	deadline    int64 // in microseconds since 1970; never for none
	reservation string
	quantity    int64
	count       int   // holds in this part
	units       int64 // units in this part
}

// never is the deadline of a hold that has none.
const never = math.MaxInt64

// The balance of the tree: no side outweighs the other more than delta times,
// and gamma decides between a single and a double rotation.
const (
	delta = 3
	gamma = 2
)

func deadlineOf(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixMicro()
}

func timeOf(deadline int64) time.Time {
	if deadline == never {
		return time.Time{}
	}
	return time.UnixMicro(deadline).UTC()
}

func (h *holds) hold() Hold {
	return Hold{ReservationID: h.reservation, Quantity: h.quantity, ExpiresAt: timeOf(h.deadline)}
}

func (h *holds) size() int {
	if h == nil {
		return 0
	}
	return h.count
}

func (h *holds) total() int64 {
	if h == nil {
		return 0
	}
	return h.units
}

// weight is what the balance is about; an empty part weighs 1.
func (h *holds) weight() int { return h.size() + 1 }

// with is the hold of h between two parts that are in balance.
func (h *holds) with(left, right *holds) *holds {
	return &holds{
		left: left, right: right,
		deadline: h.deadline, reservation: h.reservation, quantity: h.quantity,
		count: left.size() + 1 + right.size(),
		units: left.total() + h.quantity + right.total(),
	}
}

// between is with for parts of which one may be heavier by a hold than balance
// allows.
func (h *holds) between(left, right *holds) *holds {
	switch {
	case right.weight() > delta*left.weight():
		if right.left.weight() < gamma*right.right.weight() {
			return right.with(h.with(left, right.left), right.right)
		}
		middle := right.left
		return middle.with(h.with(left, middle.left), right.with(middle.right, right.right))
	case left.weight() > delta*right.weight():
		if left.right.weight() < gamma*left.left.weight() {
			return left.with(left.left, h.with(left.right, right))
		}
		middle := left.right
		return middle.with(left.with(left.left, middle.left), h.with(middle.right, right))
	default:
		return h.with(left, right)
	}
}

// order compares a hold's place in the order with another.
func order(deadline int64, reservation string, h *holds) int {
	return cmp.Or(cmp.Compare(deadline, h.deadline), strings.Compare(reservation, h.reservation))
}

// find is the hold of a reservation with a deadline, nil if there is none.
func (h *holds) find(deadline int64, reservation string) *holds {
	for h != nil {
		switch side := order(deadline, reservation, h); {
		case side < 0:
			h = h.left
		case side > 0:
			h = h.right
		default:
			return h
		}
	}
	return nil
}

// put adds a hold, or replaces the one of the same reservation and deadline.
func (h *holds) put(added Hold) *holds {
	return h.insert(&holds{
		deadline: deadlineOf(added.ExpiresAt), reservation: added.ReservationID, quantity: added.Quantity,
	})
}

func (h *holds) insert(added *holds) *holds {
	if h == nil {
		return added.with(nil, nil)
	}
	switch side := order(added.deadline, added.reservation, h); {
	case side < 0:
		return h.between(h.left.insert(added), h.right)
	case side > 0:
		return h.between(h.left, h.right.insert(added))
	default:
		return added.with(h.left, h.right)
	}
}

// remove takes a hold out, if it is there.
func (h *holds) remove(deadline int64, reservation string) *holds {
	if h == nil {
		return nil
	}
	switch side := order(deadline, reservation, h); {
	case side < 0:
		return h.between(h.left.remove(deadline, reservation), h.right)
	case side > 0:
		return h.between(h.left, h.right.remove(deadline, reservation))
	case h.left == nil:
		return h.right
	case h.right == nil:
		return h.left
	default:
		next, rest := h.right.first()
		return next.between(h.left, rest)
	}
}

// first takes the hold out that expires first. There must be one.
func (h *holds) first() (first, rest *holds) {
	if h.left == nil {
		return h, h.right
	}
	first, rest = h.left.first()
	return first, h.between(rest, h.right)
}

// overdue is how many holds no longer count at a time, and their units.
func (h *holds) overdue(at int64) (count int, units int64) {
	for h != nil {
		if h.deadline > at {
			h = h.left
			continue
		}
		count += h.left.size() + 1
		units += h.left.total() + h.quantity
		h = h.right
	}
	return count, units
}

// live is the holds that still count at a time.
func (h *holds) live(at int64) *holds {
	switch {
	case h == nil:
		return nil
	case h.deadline <= at:
		return h.right.live(at)
	default:
		return h.join(h.left.live(at), h.right)
	}
}

// join is with for parts of any weight.
func (h *holds) join(left, right *holds) *holds {
	switch {
	case left.weight() > delta*right.weight():
		return left.between(left.left, h.join(left.right, right))
	case right.weight() > delta*left.weight():
		return right.between(h.join(left, right.left), right.right)
	default:
		return h.with(left, right)
	}
}

// all visits the holds in the order in which they expire.
func (h *holds) all() iter.Seq[Hold] {
	return func(yield func(Hold) bool) { h.visit(yield) }
}

func (h *holds) visit(yield func(Hold) bool) bool {
	return h == nil || h.left.visit(yield) && yield(h.hold()) && h.right.visit(yield)
}
