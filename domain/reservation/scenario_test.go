package reservation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

var (
	a = stock.Key{Store: "S1", SKU: "A"}
	b = stock.Key{Store: "S1", SKU: "B"}
	c = stock.Key{Store: "S2", SKU: "A"}

	noon     = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	deadline = noon.Add(time.Hour)
	before   = deadline.Add(-time.Microsecond)
)

func part(k stock.Key, units int64) stock.Part { return stock.Part{Key: k, Quantity: units} }

func parts(list ...stock.Part) []stock.Part { return list }

// terms are Ann's, until the deadline.
func terms(lines ...stock.Part) reservation.Terms {
	return reservation.Terms{Lines: lines, ExpiresAt: deadline, Owner: "ann", Reference: "order-1"}
}

func at(t time.Time, c reservation.Change) reservation.Event {
	return reservation.Event{At: t, Change: c}
}

// happened is a reservation with a history.
func happened(history ...reservation.Event) reservation.Reservation {
	r := reservation.Reservation{ID: "r"}
	for _, e := range history {
		r.Apply(e)
	}
	return r
}

// held is the beginning of most histories: 5 of a and 3 of b until the deadline.
var held = at(noon, reservation.Created{Terms: terms(part(a, 5), part(b, 3))})

func committed(list ...stock.Part) reservation.Event {
	return at(noon, reservation.Committed{Lines: list})
}

func released(list ...stock.Part) reservation.Event {
	return at(noon, reservation.Released{Lines: list})
}

func returned(list ...stock.Part) reservation.Event {
	return at(noon, reservation.Returned{Lines: list})
}

var expired = at(deadline, reservation.Expired{})

// decision is one question to a reservation.
type decision func(reservation.Reservation) ([]reservation.Event, error)

// scenario is one sentence: given a history, when a decision, then events with
// the lines and status after them, or a refusal.
type scenario struct {
	name   string
	given  []reservation.Event
	when   decision
	then   []reservation.Event
	lines  []reservation.Line
	status reservation.Status
	refuse error
}

func (s scenario) check(t *testing.T) {
	r := happened(s.given...)
	untouched := r
	untouched.Lines = slices.Clone(r.Lines)
	events, err := s.when(r)
	require.Equal(t, untouched, r, "a decision changes nothing")
	if s.refuse != nil {
		require.Equal(t, s.refuse, err)
		require.NotEmpty(t, err.Error())
		require.Empty(t, events, "a refusal writes nothing")
		return
	}
	require.NoError(t, err)
	for i, e := range events {
		r.Apply(e)
		require.True(t, e.Brief || r.Equal(e.After), "a whole event tells the state after it")
		require.Equal(t, e.At, r.UpdatedAt)
		events[i].After, events[i].Brief = reservation.State{}, false
	}
	require.Equal(t, s.then, events)
	require.Equal(t, s.lines, r.Lines)
	require.Equal(t, s.status, r.Status())
	require.Equal(t, event.Version(len(s.given)+len(s.then)), r.Version, "versions have no gaps")
}
