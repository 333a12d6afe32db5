package stock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/stock"
)

// machine drives one item with random decisions, beside a model that knows
// nothing but sums.
type machine struct {
	item    stock.Item
	origin  stock.Item
	history []stock.Event
	states  map[stock.State]int64 // the model
	told    bool                  // that the item is low
	now     time.Time
}

func (m *machine) onHand() int64 {
	return m.states[stock.SellableState] + m.states[stock.DamagedState] + m.states[stock.QualityControlState]
}

// mayTake is the model's answer to taking units from the sellable ones.
func (m *machine) mayTake(units int64) bool {
	left := m.states[stock.SellableState] - units
	return left >= 0 && m.item.Reserved <= left+m.item.Policy.OversellLimit
}

// units leans to small numbers and to the bounds.
func units(t *rapid.T, name string) int64 {
	return rapid.OneOf(
		rapid.Int64Range(-20, 20),
		rapid.Int64Range(-stock.MaxQuantity-1, stock.MaxQuantity+1),
		rapid.Int64(),
	).Draw(t, name)
}

func within(units, low int64) bool { return units >= low && units <= stock.MaxQuantity }

// take folds a decision, and reports whether it had events.
func (m *machine) take(t *rapid.T, want bool, events []stock.Event, err error) bool {
	require.Equal(t, want, err == nil, "%v on %+v", err, m.item)
	if err != nil {
		require.Empty(t, events)
		return false
	}
	require.NotEmpty(t, events, "every accepted write is an event")
	for _, e := range events {
		m.item.Apply(e)
		require.True(t, m.item.Equal(e.After), "an event tells the levels after it")
		m.history = append(m.history, e)
		switch e.Change.(type) {
		case stock.WentLow:
			require.False(t, m.told, "told once")
			m.told = true
		case stock.Restocked:
			require.True(t, m.told)
			m.told = false
		}
	}
	return true
}

func (m *machine) adjust(t *rapid.T) {
	delta := units(t, "delta")
	events, err := m.item.Adjust(delta, stock.Note{}, m.now)
	want := within(delta, -stock.MaxQuantity) && within(m.onHand()+delta,
		-stock.MaxQuantity) && (delta >= 0 || m.mayTake(-delta))
	if m.take(t, want, events, err) {
		m.states[stock.SellableState] += delta
	}
}

func (m *machine) count(t *rapid.T) {
	counted := units(t, "counted")
	events, err := m.item.Count(counted, stock.Note{}, m.now)
	others := m.onHand() - m.states[stock.SellableState]
	if m.take(t, within(counted, others), events, err) {
		m.states[stock.SellableState] = counted - others
	}
}

func (m *machine) move(t *rapid.T) {
	names := rapid.Permutation([]stock.State{
		stock.SellableState, stock.DamagedState, stock.QualityControlState,
	}).Draw(t, "states")
	from, to, n := names[0], names[1], units(t, "quantity")
	events, err := m.item.Move(from, to, n, stock.Note{}, m.now)
	want := within(n, 1) && n <= m.states[from] && (from != stock.SellableState || m.mayTake(n))
	if m.take(t, want, events, err) {
		m.states[from] -= n
		m.states[to] += n
	}
}

func (m *machine) setPolicy(t *rapid.T) {
	p := stock.Policy{
		SafetyStock: units(t, "safetyStock"), OversellLimit: rapid.Int64Range(-1, 5).Draw(t, "oversellLimit"),
	}
	if rapid.Bool().Draw(t, "threshold") {
		p.LowStockThreshold = threshold(rapid.Int64Range(-1, 20).Draw(t, "lowStockThreshold"))
	}
	events, err := m.item.SetPolicy(p, m.now)
	want := within(p.SafetyStock, 0) && p.OversellLimit >= 0 && (p.LowStockThreshold == nil || *p.LowStockThreshold >= 0)
	m.take(t, want, events, err)
}

func TestItemKeepsItsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{item: stock.Item{Key: key}, states: map[stock.State]int64{}, now: noon}
		// Promises come from decisions of their own; here they are simply there.
		m.item.Reserved = rapid.Int64Range(0, 9).Draw(t, "reserved")
		m.origin = m.item
		t.Repeat(map[string]func(*rapid.T){
			"adjust": m.adjust,
			"count":  m.count,
			"move":   m.move,
			"policy": m.setPolicy,
			"time":   func(*rapid.T) { m.now = m.now.Add(time.Second) },
			"": func(t *rapid.T) {
				require.NoError(t, m.item.Check())
				require.Equal(t, m.onHand(), m.item.OnHand)
				require.Equal(t, m.states[stock.SellableState], m.item.Sellable())
				require.Equal(t, m.item.IsLow(), m.told, "whoever follows the events knows")
				require.EqualValues(t, len(m.history), m.item.Version, "versions have no gaps")
				require.Equal(t, m.item, fold(t, m.origin, m.history), "the fold is deterministic")
			},
		})
	})
}

// fold replays a history from its stored form.
func fold(t *rapid.T, item stock.Item, history []stock.Event) stock.Item {
	for _, e := range history {
		stored, err := stock.Decode(e.Change.Type(), e.At, e.AppendJSON(nil))
		require.NoError(t, err)
		require.Equal(t, e, stored)
		item.Apply(stored)
	}
	return item
}
