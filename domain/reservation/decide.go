package reservation

import (
	"time"

	"github.com/onhand/onhand/domain/stock"
)

// Place decides to hold what the terms say: a new hold where there is none, or
// none any more and nothing was ever committed; in place of the live hold of the
// same owner otherwise. Whether the items have the units is for them to say.
//
// It is refused with *NotOwnerError where the live hold has another owner and
// with *ClosedError where something was committed.
func (r Reservation) Place(t Terms, now time.Time) ([]Event, error) {
	events, r := r.expireFirst(now)
	switch {
	case r.committed():
		return nil, &ClosedError{Status: r.Status()}
	case !r.Open():
		return append(events, r.fact(now, Created{Terms: t})), nil
	case r.Owner != t.Owner:
		return nil, &NotOwnerError{}
	}
	return append(events, r.fact(now, Replaced{Terms: t})), nil
}

// Extend decides that the deadline is until. It is refused with *ExpiredError at
// or after the deadline and with *ClosedError where nothing is held.
func (r Reservation) Extend(until, now time.Time) ([]Event, error) {
	if err := r.mustBeLive(now); err != nil {
		return nil, err
	}
	return []Event{r.fact(now, Extended{ExpiresAt: until})}, nil
}

// Commit decides that units leave the store, all that remain if parts is empty,
// and the rest is released if remainder says so. It is refused with
// *ExpiredError at or after the deadline, with *ClosedError where nothing is
// held and with *ExceedsError where more is asked for than remains.
func (r Reservation) Commit(parts []stock.Part, remainder Remainder, now time.Time) ([]Event, error) {
	if err := r.mustBeLive(now); err != nil {
		return nil, err
	}
	parts, err := r.partsOf(parts, remaining)
	if err != nil {
		return nil, err
	}
	events := []Event{r.fact(now, Committed{Lines: parts})}
	if remainder != ReleaseRemainder {
		return events, nil
	}
	r.Apply(events[0])
	if rest := r.all(remaining); len(rest) > 0 {
		events = append(events, r.fact(now, Released{Lines: rest}))
	}
	return events, nil
}

// Release decides that units are held no longer, all that remain if parts is
// empty. It is refused with *ClosedError where nothing is held, also because the
// deadline has come, and with *ExceedsError where more is asked for than remains.
func (r Reservation) Release(parts []stock.Part, now time.Time) ([]Event, error) {
	if err := r.mustBeOpen(now); err != nil {
		return nil, err
	}
	parts, err := r.partsOf(parts, remaining)
	if err != nil {
		return nil, err
	}
	return []Event{r.fact(now, Released{Lines: parts})}, nil
}

// Return decides that committed units came back, all that are not back yet if
// parts is empty. It is refused with *ClosedError where nothing can come back
// any more, and with *ExceedsError where more is named than left.
func (r Reservation) Return(parts []stock.Part, now time.Time) ([]Event, error) {
	events, r := r.expireFirst(now)
	if len(r.all(returnable)) == 0 && (len(parts) == 0 || !r.Open()) {
		return nil, &ClosedError{Status: r.Status()}
	}
	parts, err := r.partsOf(parts, returnable)
	if err != nil {
		return nil, err
	}
	return append(events, r.fact(now, Returned{Lines: parts})), nil
}

// Expire gives the event of a deadline that has come without one, at the
// deadline.
func (r Reservation) Expire(now time.Time) []Event {
	if !r.Overdue(now) {
		return nil
	}
	return []Event{r.fact(r.ExpiresAt, Expired{})}
}

// expireFirst expires an overdue reservation.
func (r Reservation) expireFirst(now time.Time) ([]Event, Reservation) {
	return r.Expire(now), r.At(now)
}

// mustBeLive refuses what needs a hold, and tells a deadline from another end.
func (r Reservation) mustBeLive(now time.Time) error {
	if r := r.At(now); !r.Open() && r.lapsed() {
		return &ExpiredError{ExpiresAt: r.ExpiresAt}
	}
	return r.mustBeOpen(now)
}

func (r Reservation) mustBeOpen(now time.Time) error {
	if r := r.At(now); !r.Open() {
		return &ClosedError{Status: r.Status()}
	}
	return nil
}

// Remainder is the fate of the units that a commit does not take.
type Remainder string

// What a commit can do with the rest, by their names on the wire.
const (
	KeepRemainder    Remainder = "keep"
	ReleaseRemainder Remainder = "release"
)

func remaining(l Line) int64  { return l.Remaining }
func returnable(l Line) int64 { return l.Committed - l.Returned }

// all is everything that there is of each line, by units.
func (r Reservation) all(units func(Line) int64) []stock.Part {
	var parts []stock.Part
	for _, l := range r.Lines {
		if n := units(l); n > 0 {
			parts = append(parts, stock.Part{Key: l.Key, Quantity: n})
		}
	}
	return parts
}

// partsOf holds parts against what there is of each line, by units; no parts
// are all that there is.
func (r Reservation) partsOf(parts []stock.Part, units func(Line) int64) ([]stock.Part, error) {
	if len(parts) == 0 {
		return r.all(units), nil
	}
	parts, err := stock.Sum(parts)
	if err != nil {
		return nil, err
	}
	var over []Excess
	for _, p := range parts {
		line, _ := r.Line(p.Key)
		if there := units(line); p.Quantity > there {
			over = append(over, Excess{Key: p.Key, Requested: p.Quantity, Remaining: there})
		}
	}
	if len(over) > 0 {
		return nil, &ExceedsError{Lines: over}
	}
	return parts, nil
}
