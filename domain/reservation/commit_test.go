package reservation_test

import (
	"testing"
	"time"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

func commit(list []stock.Part, remainder reservation.Remainder, now time.Time) decision {
	return func(r reservation.Reservation) ([]reservation.Event, error) { return r.Commit(list, remainder, now) }
}

func release(list []stock.Part, now time.Time) decision {
	return func(r reservation.Reservation) ([]reservation.Event, error) { return r.Release(list, now) }
}

func TestCommit(t *testing.T) {
	const keep, giveUp = reservation.KeepRemainder, reservation.ReleaseRemainder
	all := committed(part(a, 5), part(b, 3))
	tooMuch := &stock.QuantityError{Field: "lines", Limit: stock.MaxQuantity}
	for _, s := range []scenario{
		{
			name: "all that remains is committed if no lines are named", given: []reservation.Event{held}, when: commit(nil, giveUp, noon),
			then:   []reservation.Event{all},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5}, {Key: b, Quantity: 3, Committed: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "a microsecond before the deadline is in time", given: []reservation.Event{held}, when: commit(nil, keep, before),
			then:   []reservation.Event{at(before, all.Change)},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5}, {Key: b, Quantity: 3, Committed: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "a part is committed and the rest is held on", given: []reservation.Event{held}, when: commit(parts(part(a, 2)), keep, noon),
			then:   []reservation.Event{committed(part(a, 2))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Remaining: 3, Committed: 2}, {Key: b, Quantity: 3, Remaining: 3}},
			status: reservation.HeldStatus,
		},
		{
			name: "or the rest is released", given: []reservation.Event{held}, when: commit(parts(part(a, 2)), giveUp, noon),
			then:   []reservation.Event{committed(part(a, 2)), released(part(a, 3), part(b, 3))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 2, Released: 3}, {Key: b, Quantity: 3, Released: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "lines of the same item are summed up", given: []reservation.Event{held}, when: commit(parts(part(a, 2), part(b, 1), part(a, 3)), keep, noon),
			then:   []reservation.Event{committed(part(a, 5), part(b, 1))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5}, {Key: b, Quantity: 3, Remaining: 2, Committed: 1}},
			status: reservation.HeldStatus,
		},
		{
			name: "what remains is what no one took before", given: []reservation.Event{held, committed(part(a, 2)), released(part(b, 3))}, when: commit(nil, giveUp, noon),
			then:   []reservation.Event{committed(part(a, 3))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5}, {Key: b, Quantity: 3, Released: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "every line that asks for too much is told", given: []reservation.Event{held, committed(part(b, 1))},
			when: commit(parts(part(b, 3), part(a, 5), part(c, 1)), keep, noon),
			refuse: &reservation.ExceedsError{Lines: []reservation.Excess{
				{Key: b, Requested: 3, Remaining: 2}, {Key: c, Requested: 1},
			}},
		},
		{
			name: "also where only the sum is too much", given: []reservation.Event{held}, when: commit(parts(part(a, 3), part(a, 3)), keep, noon),
			refuse: &reservation.ExceedsError{Lines: []reservation.Excess{{Key: a, Requested: 6, Remaining: 5}}},
		},
		{name: "a sum beyond all bounds does not overflow", given: []reservation.Event{held}, when: commit(parts(part(a, 1), part(a, stock.MaxQuantity)), keep, noon), refuse: tooMuch},
		{name: "at the deadline it is too late", given: []reservation.Event{held}, when: commit(nil, keep, deadline), refuse: &reservation.ExpiredError{ExpiresAt: deadline}},
		{name: "long after it too", given: []reservation.Event{held}, when: commit(parts(part(c, 9)), keep, deadline.Add(time.Hour)), refuse: &reservation.ExpiredError{ExpiresAt: deadline}},
		{name: "and when the event says so", given: []reservation.Event{held, expired}, when: commit(nil, keep, deadline), refuse: &reservation.ExpiredError{ExpiresAt: deadline}},
		{
			name: "too late is too late where a part was committed in time", given: []reservation.Event{held, committed(part(a, 1))}, when: commit(nil, keep, deadline),
			refuse: &reservation.ExpiredError{ExpiresAt: deadline},
		},
		{
			name: "and then when the event says so", given: []reservation.Event{held, committed(part(a, 1)), expired}, when: commit(nil, keep, deadline),
			refuse: &reservation.ExpiredError{ExpiresAt: deadline},
		},
		{name: "a second commit finds nothing", given: []reservation.Event{held, all}, when: commit(nil, keep, noon), refuse: &reservation.ClosedError{Status: reservation.CommittedStatus}},
		{
			name: "what was released is gone", given: []reservation.Event{held, released(part(a, 5), part(b, 3))}, when: commit(nil, keep, noon),
			refuse: &reservation.ClosedError{Status: reservation.ReleasedStatus},
		},
	} {
		t.Run(s.name, s.check)
	}
}

func TestRelease(t *testing.T) {
	all := released(part(a, 5), part(b, 3))
	for _, s := range []scenario{
		{
			name: "all that remains is released if no lines are named", given: []reservation.Event{held}, when: release(nil, before),
			then:   []reservation.Event{at(before, all.Change)},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Released: 5}, {Key: b, Quantity: 3, Released: 3}},
			status: reservation.ReleasedStatus,
		},
		{
			name: "a part is released and the rest is held on", given: []reservation.Event{held}, when: release(parts(part(b, 1), part(b, 1)), noon),
			then:   []reservation.Event{released(part(b, 2))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Remaining: 5}, {Key: b, Quantity: 3, Remaining: 1, Released: 2}},
			status: reservation.HeldStatus,
		},
		{
			name: "what ends with a release is committed if a part was", given: []reservation.Event{held, committed(part(a, 5))}, when: release(nil, noon),
			then:   []reservation.Event{released(part(b, 3))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5}, {Key: b, Quantity: 3, Released: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "every line that gives up too much is told", given: []reservation.Event{held}, when: release(parts(part(a, 6), part(b, 3), part(c, 1)), noon),
			refuse: &reservation.ExceedsError{Lines: []reservation.Excess{{Key: a, Requested: 6, Remaining: 5}, {Key: c, Requested: 1}}},
		},
		{name: "at the deadline nothing is left to release", given: []reservation.Event{held}, when: release(nil, deadline), refuse: &reservation.ClosedError{Status: reservation.ExpiredStatus}},
		{name: "and when the event says so", given: []reservation.Event{held, expired}, when: release(nil, deadline), refuse: &reservation.ClosedError{Status: reservation.ExpiredStatus}},
		{name: "a second release finds nothing", given: []reservation.Event{held, all}, when: release(nil, noon), refuse: &reservation.ClosedError{Status: reservation.ReleasedStatus}},
		{
			name: "what was committed cannot be released", given: []reservation.Event{held, committed(part(a, 5), part(b, 3))}, when: release(nil, noon),
			refuse: &reservation.ClosedError{Status: reservation.CommittedStatus},
		},
	} {
		t.Run(s.name, s.check)
	}
}
