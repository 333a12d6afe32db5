package reservation_test

import (
	"testing"
	"time"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

func giveBack(list []stock.Part, now time.Time) decision {
	return func(r reservation.Reservation) ([]reservation.Event, error) { return r.Return(list, now) }
}

func TestReturn(t *testing.T) {
	late := deadline.Add(time.Hour)
	all := committed(part(a, 5), part(b, 3))
	for _, s := range []scenario{
		{
			name: "all that was committed comes back if no lines are named", given: []reservation.Event{held, all}, when: giveBack(nil, noon),
			then:   []reservation.Event{returned(part(a, 5), part(b, 3))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5, Returned: 5}, {Key: b, Quantity: 3, Committed: 3, Returned: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "the deadline is nothing to what has left", given: []reservation.Event{held, all}, when: giveBack(parts(part(a, 5)), late),
			then:   []reservation.Event{at(late, reservation.Returned{Lines: parts(part(a, 5))})},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5, Returned: 5}, {Key: b, Quantity: 3, Committed: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "a part comes back, lines of the same item summed up", given: []reservation.Event{held, all}, when: giveBack(parts(part(b, 1), part(a, 2), part(b, 1)), noon),
			then:   []reservation.Event{returned(part(b, 2), part(a, 2))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5, Returned: 2}, {Key: b, Quantity: 3, Committed: 3, Returned: 2}},
			status: reservation.CommittedStatus,
		},
		{
			name: "then the rest", given: []reservation.Event{held, all, returned(part(b, 2), part(a, 5))}, when: giveBack(nil, noon),
			then:   []reservation.Event{returned(part(b, 1))},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5, Returned: 5}, {Key: b, Quantity: 3, Committed: 3, Returned: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "what is still held is not touched", given: []reservation.Event{held, committed(part(a, 2))}, when: giveBack(nil, before),
			then:   []reservation.Event{at(before, reservation.Returned{Lines: parts(part(a, 2))})},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Remaining: 3, Committed: 2, Returned: 2}, {Key: b, Quantity: 3, Remaining: 3}},
			status: reservation.HeldStatus,
		},
		{
			name: "what was held expires first, at its deadline", given: []reservation.Event{held, committed(part(a, 2))}, when: giveBack(parts(part(a, 1)), late),
			then:   []reservation.Event{expired, at(late, reservation.Returned{Lines: parts(part(a, 1))})},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 2, Returned: 1}, {Key: b, Quantity: 3}},
			status: reservation.CommittedStatus,
		},
		{
			name: "every line of which too much comes back is told", given: []reservation.Event{held, committed(part(a, 5)), returned(part(a, 4))},
			when:   giveBack(parts(part(a, 2), part(b, 1), part(c, 1)), noon),
			refuse: &reservation.ExceedsError{Lines: []reservation.Excess{{Key: a, Requested: 2, Remaining: 1}, {Key: b, Requested: 1}, {Key: c, Requested: 1}}},
		},
		{
			name: "a refusal does not write that the rest expired", given: []reservation.Event{held, committed(part(a, 5))}, when: giveBack(parts(part(a, 6)), late),
			refuse: &reservation.ExceedsError{Lines: []reservation.Excess{{Key: a, Requested: 6, Remaining: 5}}},
		},
		{
			name: "what all came back cannot come again", given: []reservation.Event{held, all, returned(part(a, 5), part(b, 3))}, when: giveBack(nil, noon),
			refuse: &reservation.ClosedError{Status: reservation.CommittedStatus},
		},
		{
			name: "not with lines named either", given: []reservation.Event{held, all, returned(part(a, 5), part(b, 3))}, when: giveBack(parts(part(a, 5)), noon),
			refuse: &reservation.ClosedError{Status: reservation.CommittedStatus},
		},
		{name: "nothing comes back before something left", given: []reservation.Event{held}, when: giveBack(nil, noon), refuse: &reservation.ClosedError{Status: reservation.HeldStatus}},
		{name: "nor where nothing ever left", given: []reservation.Event{held}, when: giveBack(nil, deadline), refuse: &reservation.ClosedError{Status: reservation.ExpiredStatus}},
	} {
		t.Run(s.name, s.check)
	}
}
