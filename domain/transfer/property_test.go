package transfer_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/transfer"
)

// machine drives one transfer with random decisions, beside a model that knows
// nothing but sums.
type machine struct {
	transfer transfer.Transfer
	history  []transfer.Event
	lines    map[string]transfer.Line // the model
}

// take folds a decision, and reports whether it had events.
func (m *machine) take(t *rapid.T, want bool, events []transfer.Event, err error) bool {
	require.Equal(t, want, err == nil, "%v on %+v", err, m.transfer)
	if err != nil {
		require.Empty(t, events)
		return false
	}
	require.Len(t, events, 1)
	m.transfer.Apply(events[0])
	require.True(t, events[0].Brief || m.transfer.Equal(events[0].After), "a whole event tells the state after it")
	m.history = append(m.history, events[0])
	return true
}

func (m *machine) pending() (sum int64) {
	for _, l := range m.lines {
		sum += l.Pending
	}
	return sum
}

var skus = rapid.SampledFrom([]string{"A", "B", "C"})

func (m *machine) ship(t *rapid.T) {
	var lines []transfer.Unit
	for _, sku := range rapid.SliceOfNDistinct(skus, 1, 3, rapid.ID).Draw(t, "skus") {
		lines = append(lines, unit(sku, rapid.Int64Range(1, 9).Draw(t, "units")))
	}
	events, err := m.transfer.Ship("S1", "S2", lines, "", noon)
	if m.take(t, len(m.history) == 0, events, err) {
		for _, u := range lines {
			m.lines[u.SKU] = transfer.Line{SKU: u.SKU, Quantity: u.Quantity, Pending: u.Quantity}
		}
	}
}

func (m *machine) receive(t *rapid.T) {
	few := rapid.Int64Range(0, 2)
	lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) transfer.Arrival {
		return arrival(skus.Draw(t, "sku"), few.Draw(t, "good"), few.Draw(t, "damaged"), few.Draw(t, "lost"))
	}), 1, 3).Draw(t, "arrivals")
	units := map[string]int64{}
	enough := true
	for _, a := range lines {
		units[a.SKU] += a.Units()
		enough = enough && units[a.SKU] <= m.lines[a.SKU].Pending
	}
	events, err := m.transfer.Receive(lines, noon)
	if !m.take(t, m.pending() > 0 && enough, events, err) {
		return
	}
	for _, a := range lines {
		if l, there := m.lines[a.SKU]; there {
			l.Pending, l.Good, l.Damaged, l.Lost = l.Pending-a.Units(), l.Good+a.Good, l.Damaged+a.Damaged, l.Lost+a.Lost
			m.lines[a.SKU] = l
		}
	}
}

func (m *machine) receiveAll(t *rapid.T) {
	events, err := m.transfer.Receive(nil, noon)
	if m.take(t, m.pending() > 0, events, err) {
		for sku, l := range m.lines {
			l.Good, l.Pending = l.Good+l.Pending, 0
			m.lines[sku] = l
		}
	}
}

func (m *machine) cancel(t *rapid.T) {
	events, err := m.transfer.Cancel(noon)
	if m.take(t, m.pending() > 0, events, err) {
		for sku, l := range m.lines {
			l.Cancelled, l.Pending = l.Pending, 0
			m.lines[sku] = l
		}
	}
}

func TestTransferKeepsItsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{transfer: transfer.Transfer{ID: "t"}, lines: map[string]transfer.Line{}}
		m.ship(t)
		t.Repeat(map[string]func(*rapid.T){
			"ship":        m.ship,
			"receive":     m.receive,
			"receive all": m.receiveAll,
			"cancel":      m.cancel,
			"":            m.check,
		})
	})
}

func (m *machine) check(t *rapid.T) {
	require.NoError(t, m.transfer.Check())
	require.Len(t, m.transfer.Lines, len(m.lines))
	for _, l := range m.transfer.Lines {
		require.Equal(t, m.lines[l.SKU], l)
		require.Equal(t, l.Quantity, l.Pending+l.Good+l.Damaged+l.Lost+l.Cancelled, "no unit is without an account")
		require.GreaterOrEqual(t, min(l.Pending, l.Good, l.Damaged, l.Lost, l.Cancelled), int64(0))
	}
	require.Equal(t, m.pending() > 0, m.transfer.Status() == transfer.InTransitStatus)
	require.EqualValues(t, len(m.history), m.transfer.Version, "versions have no gaps")

	folded := transfer.Transfer{ID: "t"}
	for _, e := range m.history {
		stored, err := transfer.Decode(e.Type(), e.At, e.AppendJSON(nil))
		require.NoError(t, err)
		require.Equal(t, e, stored)
		folded.Apply(stored)
		require.True(t, stored.Brief || folded.Equal(stored.After))
	}
	require.Equal(t, m.transfer, folded, "the fold is deterministic")
}
