package reservation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

func place(t reservation.Terms, now time.Time) decision {
	return func(r reservation.Reservation) ([]reservation.Event, error) { return r.Place(t, now) }
}

func extend(until, now time.Time) decision {
	return func(r reservation.Reservation) ([]reservation.Event, error) { return r.Extend(until, now) }
}

func TestPlace(t *testing.T) {
	again := terms(part(c, 7), part(a, 1))
	again.ExpiresAt = deadline.Add(time.Hour)
	bob := again
	bob.Owner = "bob"
	endless := terms(part(a, 5))
	endless.ExpiresAt = time.Time{}
	nobody := terms(part(a, 5))
	nobody.Owner = ""
	lines := []reservation.Line{{Key: c, Quantity: 7, Remaining: 7}, {Key: a, Quantity: 1, Remaining: 1}}
	five := []reservation.Line{{Key: a, Quantity: 5, Remaining: 5}}
	for _, s := range []scenario{
		{
			name: "a new id holds what was asked for", when: place(again, noon),
			then: []reservation.Event{at(noon, reservation.Created{Terms: again})}, lines: lines, status: reservation.HeldStatus,
		},
		{
			name: "a hold may have no deadline", when: place(endless, noon),
			then: []reservation.Event{at(noon, reservation.Created{Terms: endless})}, lines: five, status: reservation.HeldStatus,
		},
		{
			name:  "a released id is free again, and its versions go on",
			given: []reservation.Event{held, released(part(a, 5), part(b, 3))}, when: place(bob, before),
			then: []reservation.Event{at(before, reservation.Created{Terms: bob})}, lines: lines, status: reservation.HeldStatus,
		},
		{
			name: "so is an expired one", given: []reservation.Event{held, expired}, when: place(bob, deadline),
			then: []reservation.Event{at(deadline, reservation.Created{Terms: bob})}, lines: lines, status: reservation.HeldStatus,
		},
		{
			name: "one whose deadline came without an event expires first", given: []reservation.Event{held}, when: place(bob, deadline.Add(time.Minute)),
			then:  []reservation.Event{expired, at(deadline.Add(time.Minute), reservation.Created{Terms: bob})},
			lines: lines, status: reservation.HeldStatus,
		},
		{
			name: "the owner's live hold is replaced", given: []reservation.Event{held}, when: place(again, before),
			then: []reservation.Event{at(before, reservation.Replaced{Terms: again})}, lines: lines, status: reservation.HeldStatus,
		},
		{
			name: "also where a part of it was released", given: []reservation.Event{held, released(part(a, 5))}, when: place(again, noon),
			then: []reservation.Event{at(noon, reservation.Replaced{Terms: again})}, lines: lines, status: reservation.HeldStatus,
		},
		{
			name: "what nobody owns anybody without a name may replace", given: []reservation.Event{at(noon, reservation.Created{Terms: nobody})}, when: place(nobody, noon),
			then: []reservation.Event{at(noon, reservation.Replaced{Terms: nobody})}, lines: five, status: reservation.HeldStatus,
		},
		{name: "another's live hold is not replaced", given: []reservation.Event{held}, when: place(bob, before), refuse: &reservation.NotOwnerError{}},
		{name: "nor by who does not say who he is", given: []reservation.Event{held}, when: place(nobody, before), refuse: &reservation.NotOwnerError{}},
		{
			name: "nothing replaces a hold of which a part was committed", given: []reservation.Event{held, committed(part(a, 1))}, when: place(again, noon),
			refuse: &reservation.ClosedError{Status: reservation.HeldStatus},
		},
		{
			name: "nor for another owner", given: []reservation.Event{held, committed(part(a, 1))}, when: place(bob, noon),
			refuse: &reservation.ClosedError{Status: reservation.HeldStatus},
		},
		{
			name: "an id is not free once something was committed", given: []reservation.Event{held, committed(part(a, 5), part(b, 3))}, when: place(again, noon),
			refuse: &reservation.ClosedError{Status: reservation.CommittedStatus},
		},
		{
			name: "also when it all came back", given: []reservation.Event{held, committed(part(a, 5), part(b, 3)), returned(part(a, 5), part(b, 3))}, when: place(again, noon),
			refuse: &reservation.ClosedError{Status: reservation.CommittedStatus},
		},
		{
			name: "also when the rest came to its deadline", given: []reservation.Event{held, committed(part(a, 1))}, when: place(again, deadline),
			refuse: &reservation.ClosedError{Status: reservation.CommittedStatus},
		},
	} {
		t.Run(s.name, s.check)
	}
}

func TestExtend(t *testing.T) {
	later := deadline.Add(time.Hour)
	lines := []reservation.Line{{Key: a, Quantity: 5, Remaining: 5}, {Key: b, Quantity: 3, Remaining: 3}}
	for _, s := range []scenario{
		{
			name: "a live hold gets another deadline", given: []reservation.Event{held}, when: extend(later, before),
			then: []reservation.Event{at(before, reservation.Extended{ExpiresAt: later})}, lines: lines, status: reservation.HeldStatus,
		},
		{
			name: "or none at all", given: []reservation.Event{held}, when: extend(time.Time{}, noon),
			then: []reservation.Event{at(noon, reservation.Extended{})}, lines: lines, status: reservation.HeldStatus,
		},
		{
			name: "what is left after a commit is extended too", given: []reservation.Event{held, committed(part(a, 5))}, when: extend(later, noon),
			then:   []reservation.Event{at(noon, reservation.Extended{ExpiresAt: later})},
			lines:  []reservation.Line{{Key: a, Quantity: 5, Committed: 5}, {Key: b, Quantity: 3, Remaining: 3}},
			status: reservation.HeldStatus,
		},
		{name: "at the deadline it is too late", given: []reservation.Event{held}, when: extend(later, deadline), refuse: &reservation.ExpiredError{ExpiresAt: deadline}},
		{name: "and when the event says so", given: []reservation.Event{held, expired}, when: extend(later, deadline), refuse: &reservation.ExpiredError{ExpiresAt: deadline}},
		{
			name: "what was released cannot be extended", given: []reservation.Event{held, released(part(a, 5), part(b, 3))}, when: extend(later, noon),
			refuse: &reservation.ClosedError{Status: reservation.ReleasedStatus},
		},
		{
			name: "nor what was committed", given: []reservation.Event{held, committed(part(a, 5), part(b, 3))}, when: extend(later, noon),
			refuse: &reservation.ClosedError{Status: reservation.CommittedStatus},
		},
		{
			name: "although its deadline has come since", given: []reservation.Event{held, committed(part(a, 5), part(b, 3))}, when: extend(later, deadline),
			refuse: &reservation.ClosedError{Status: reservation.CommittedStatus},
		},
	} {
		t.Run(s.name, s.check)
	}
}

func TestTheDeadlineIsWhatTheLastDecisionMadeIt(t *testing.T) {
	later := deadline.Add(time.Hour)
	r := happened(held, at(noon, reservation.Extended{ExpiresAt: later}))
	require.False(t, r.Overdue(deadline))
	require.True(t, r.Overdue(later))
	r.Apply(at(noon, reservation.Extended{}))
	require.False(t, r.Overdue(later.AddDate(1000, 0, 0)), "without a deadline a hold never ends")
}

// TestAnIDCreatedAgainIsAnotherReservation: only its version tells of the former.
func TestAnIDCreatedAgainIsAnotherReservation(t *testing.T) {
	r := happened(held)
	events, err := r.Place(reservation.Terms{Lines: []stock.Part{part(c, 1)}}, deadline.Add(time.Minute))
	require.NoError(t, err)
	require.Len(t, events, 2)
	require.Equal(t, reservation.State{
		Lines: []reservation.Line{{Key: a, Quantity: 5}, {Key: b, Quantity: 3}}, ExpiresAt: deadline,
		Owner: "ann", Reference: "order-1", Version: 2, CreatedAt: noon,
	}, events[0].After)
	require.Equal(t, reservation.State{
		Lines: []reservation.Line{{Key: c, Quantity: 1, Remaining: 1}}, Version: event.Version(3), CreatedAt: deadline.Add(time.Minute),
	}, events[1].After)
}
