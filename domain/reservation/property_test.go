package reservation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// machine drives one reservation with random decisions, beside a model that
// knows nothing but sums.
type machine struct {
	reservation reservation.Reservation
	history     []reservation.Event
	model       model
	now         time.Time
}

// take folds the decision, and holds it against the model's expectation: so
// many events, or a refusal of this kind.
func (m *machine) take(t *rapid.T, refuse error, want int, events []reservation.Event, err error) {
	require.Equal(t, fmt.Sprintf("%T", refuse), fmt.Sprintf("%T", err), "%v on %+v", err, m.reservation)
	if err != nil {
		require.Empty(t, events)
		return
	}
	require.Len(t, events, want)
	for _, e := range events {
		m.reservation.Apply(e)
		require.True(t, e.Brief || m.reservation.Equal(e.After), "a whole event tells the state after it")
		m.history = append(m.history, e)
	}
}

func (m *machine) place(t *rapid.T) {
	terms := reservation.Terms{
		Owner:     rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(t, "owner"),
		ExpiresAt: m.drawDeadline(t),
	}
	for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom([]stock.Key{a, b, c}), 1, 3, rapid.ID).Draw(t, "items") {
		terms.Lines = append(terms.Lines, part(k, rapid.Int64Range(1, 4).Draw(t, "units")))
	}
	late := m.model.late(m.now)
	refuse := m.model.at(m.now).refusePlace(terms.Owner)
	events, err := m.reservation.Place(terms, m.now)
	m.take(t, refuse, 1+count(late), events, err)
	if refuse == nil {
		m.model = newModel(terms)
	}
}

func (m *machine) extend(t *rapid.T) {
	until := m.drawDeadline(t)
	refuse := m.model.at(m.now).refuseUse()
	events, err := m.reservation.Extend(until, m.now)
	m.take(t, refuse, 1, events, err)
	if refuse == nil {
		m.model.deadline = until
	}
}

func (m *machine) commit(t *rapid.T) {
	list := drawParts(t)
	remainder := rapid.SampledFrom([]reservation.Remainder{
		reservation.KeepRemainder, reservation.ReleaseRemainder,
	}).Draw(t, "remainder")
	now := m.model.at(m.now)
	units, enough := now.demand(list, remains)
	refuse := now.refuseUse()
	if refuse == nil && !enough {
		refuse = &reservation.ExceedsError{}
	}
	if refuse == nil {
		now.move(units, func(l *line, n int64) { l.remaining -= n; l.committed += n })
	}
	rest := remainder == reservation.ReleaseRemainder && now.open()
	events, err := m.reservation.Commit(list, remainder, m.now)
	m.take(t, refuse, 1+count(rest), events, err)
	if refuse != nil {
		return
	}
	if m.model = now; rest {
		all, _ := now.demand(nil, remains)
		m.model.move(all, func(l *line, n int64) { l.remaining -= n; l.released += n })
	}
}

func (m *machine) release(t *rapid.T) {
	list := drawParts(t)
	now := m.model.at(m.now)
	units, enough := now.demand(list, remains)
	var refuse error
	switch {
	case !now.open():
		refuse = &reservation.ClosedError{}
	case !enough:
		refuse = &reservation.ExceedsError{}
	}
	events, err := m.reservation.Release(list, m.now)
	m.take(t, refuse, 1, events, err)
	if refuse == nil {
		now.move(units, func(l *line, n int64) { l.remaining -= n; l.released += n })
		m.model = now
	}
}

func (m *machine) giveBack(t *rapid.T) {
	list := drawParts(t)
	late := m.model.late(m.now)
	now := m.model.at(m.now)
	units, enough := now.demand(list, gone)
	var refuse error
	switch {
	case now.total(gone) == 0 && (len(list) == 0 || !now.open()):
		refuse = &reservation.ClosedError{}
	case !enough:
		refuse = &reservation.ExceedsError{}
	}
	events, err := m.reservation.Return(list, m.now)
	m.take(t, refuse, 1+count(late), events, err)
	if refuse == nil {
		now.move(units, func(l *line, n int64) { l.returned += n })
		m.model = now
	}
}

func (m *machine) sweep(t *rapid.T) {
	late := m.model.late(m.now)
	m.take(t, nil, count(late), m.reservation.Expire(m.now), nil)
	m.model = m.model.at(m.now)
}

func (m *machine) drawDeadline(t *rapid.T) time.Time {
	in := rapid.IntRange(0, 4).Draw(t, "deadline")
	if in == 0 {
		return time.Time{}
	}
	return m.now.Add(time.Duration(in) * time.Second)
}

// drawParts leans to demands that can be met; some name an item twice or one
// that is not there.
func drawParts(t *rapid.T) []stock.Part {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) stock.Part {
		return part(rapid.SampledFrom([]stock.Key{a, b, c}).Draw(t, "item"), rapid.Int64Range(1, 3).Draw(t, "units"))
	}), 0, 3).Draw(t, "parts")
}

func count(also bool) int {
	if also {
		return 1
	}
	return 0
}

func TestReservationKeepsItsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{reservation: reservation.Reservation{ID: "r"}, now: noon}
		t.Repeat(map[string]func(*rapid.T){
			"place":   m.place,
			"extend":  m.extend,
			"commit":  m.commit,
			"release": m.release,
			"return":  m.giveBack,
			"sweep":   m.sweep,
			"time":    func(*rapid.T) { m.now = m.now.Add(time.Second) },
			"":        m.check,
		})
	})
}

func (m *machine) check(t *rapid.T) {
	m.model.check(t, m.reservation)
	require.NoError(t, m.reservation.Check())
	require.EqualValues(t, len(m.history), m.reservation.Version, "versions have no gaps")

	seen := m.reservation.At(m.now)
	m.model.at(m.now).check(t, seen)
	require.False(t, seen.Overdue(m.now))
	require.EqualValues(t, len(m.history)+count(m.model.late(m.now)), seen.Version, "the view counts the event to come")

	folded := reservation.Reservation{ID: "r"}
	for _, e := range m.history {
		stored, err := reservation.Decode(e.Type(), e.At, e.AppendJSON(nil))
		require.NoError(t, err)
		require.Equal(t, e, stored)
		folded.Apply(stored)
		require.True(t, stored.Brief || folded.Equal(stored.After))
	}
	require.Equal(t, m.reservation, folded, "the fold is deterministic")
}
