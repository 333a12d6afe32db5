package reservation_test

import (
	"maps"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// model is a reservation as plain sums per item. It keeps what lapsed as a number
// of its own.
type model struct {
	lines    map[stock.Key]line
	deadline time.Time
	owner    string
}

type line struct{ quantity, remaining, committed, released, lapsed, returned int64 }

func remains(l line) int64 { return l.remaining }
func gone(l line) int64    { return l.committed - l.returned }

func newModel(t reservation.Terms) model {
	m := model{lines: map[stock.Key]line{}, deadline: t.ExpiresAt, owner: t.Owner}
	for _, p := range t.Lines {
		m.lines[p.Key] = line{quantity: p.Quantity, remaining: p.Quantity}
	}
	return m
}

// total is the sum of a number over all lines.
func (m model) total(units func(line) int64) (sum int64) {
	for _, l := range m.lines {
		sum += units(l)
	}
	return sum
}

func (m model) open() bool    { return m.total(remains) > 0 }
func (m model) touched() bool { return m.total(func(l line) int64 { return l.committed }) > 0 }
func (m model) lapsed() bool  { return m.total(func(l line) int64 { return l.lapsed }) > 0 }

func (m model) late(now time.Time) bool {
	return m.open() && !m.deadline.IsZero() && !m.deadline.After(now)
}

// at is a copy of the model as it is at now.
func (m model) at(now time.Time) model {
	late := m.late(now)
	m.lines = maps.Clone(m.lines)
	if late {
		for k, l := range m.lines {
			l.lapsed, l.remaining = l.lapsed+l.remaining, 0
			m.lines[k] = l
		}
	}
	return m
}

func (m model) refusePlace(owner string) error {
	switch {
	case m.touched():
		return &reservation.ClosedError{}
	case m.open() && m.owner != owner:
		return &reservation.NotOwnerError{}
	default:
		return nil
	}
}

func (m model) refuseUse() error {
	switch {
	case m.open():
		return nil
	case m.lapsed():
		return &reservation.ExpiredError{}
	default:
		return &reservation.ClosedError{}
	}
}

// demand is what parts ask for per item, all that there is if there are none,
// and whether it is there.
func (m model) demand(parts []stock.Part, there func(line) int64) (map[stock.Key]int64, bool) {
	units := map[stock.Key]int64{}
	for _, p := range parts {
		units[p.Key] += p.Quantity
	}
	enough := true
	for k, n := range units {
		enough = enough && n <= there(m.lines[k])
	}
	if len(parts) == 0 {
		for k, l := range m.lines {
			if n := there(l); n > 0 {
				units[k] = n
			}
		}
	}
	return units, enough
}

func (m model) move(units map[stock.Key]int64, change func(*line, int64)) {
	for k, n := range units {
		l := m.lines[k]
		change(&l, n)
		m.lines[k] = l
	}
}

func (m model) status() reservation.Status {
	switch {
	case m.open():
		return reservation.HeldStatus
	case m.touched():
		return reservation.CommittedStatus
	case m.lapsed():
		return reservation.ExpiredStatus
	default:
		return reservation.ReleasedStatus
	}
}

// check holds a reservation against the model.
func (m model) check(t *rapid.T, r reservation.Reservation) {
	require.Len(t, r.Lines, len(m.lines))
	for _, l := range r.Lines {
		want := m.lines[l.Key]
		require.Equal(t, want.quantity, want.remaining+want.committed+want.released+want.lapsed, "no unit is lost")
		require.LessOrEqual(t, l.Returned, l.Committed)
		lapsed := l.Quantity - l.Remaining - l.Committed - l.Released
		require.Equal(t, want, line{l.Quantity, l.Remaining, l.Committed, l.Released, lapsed, l.Returned})
		require.GreaterOrEqual(t, min(l.Remaining, l.Committed, l.Released, l.Returned, lapsed), int64(0))
	}
	require.Equal(t, m.status(), r.Status())
	require.Equal(t, m.open(), r.Open())
	require.True(t, m.deadline.Equal(r.ExpiresAt))
	require.Equal(t, m.owner, r.Owner)
}
