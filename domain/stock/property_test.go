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
	history []stock.Event
	onHand  int64 // the model
	now     time.Time
}

// units leans to small numbers and to the bounds.
func units(t *rapid.T, name string) int64 {
	return rapid.OneOf(
		rapid.Int64Range(-20, 20),
		rapid.Int64Range(-stock.MaxQuantity-1, stock.MaxQuantity+1),
		rapid.Int64(),
	).Draw(t, name)
}

func (m *machine) take(t *rapid.T, before stock.Item, events []stock.Event, err error) bool {
	require.Equal(t, before, m.item, "a decision changes nothing")
	if err != nil {
		require.Empty(t, events)
		return false
	}
	require.NotEmpty(t, events, "every accepted write is an event")
	for _, e := range events {
		m.item.Apply(e)
		require.Equal(t, e.After, m.item.Levels, "an event tells the levels after it")
		m.history = append(m.history, e)
	}
	return true
}

// adjust holds a decision against what the model says must happen.
func (m *machine) adjust(t *rapid.T) {
	delta := units(t, "delta")
	events, err := m.item.Adjust(delta, stock.Note{}, m.now)
	accepted := m.take(t, m.item, events, err)
	inBounds := delta >= -stock.MaxQuantity && delta <= stock.MaxQuantity
	sellable := m.onHand + delta - m.item.Damaged - m.item.QualityControl
	want := inBounds && m.onHand+delta <= stock.MaxQuantity &&
		(delta >= 0 || sellable >= 0 && m.item.Reserved <= sellable+m.item.Policy.OversellLimit)
	require.Equal(t, want, accepted, "delta %d on %+v: %v", delta, m.item, err)
	if accepted {
		m.onHand += delta
	}
}

func (m *machine) count(t *rapid.T) {
	counted := units(t, "counted")
	events, err := m.item.Count(counted, stock.Note{}, m.now)
	accepted := m.take(t, m.item, events, err)
	want := counted >= m.item.Damaged+m.item.QualityControl && counted >= 0 && counted <= stock.MaxQuantity
	require.Equal(t, want, accepted)
	if accepted {
		m.onHand = counted
	}
}

func TestItemKeepsItsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{item: stock.Item{Key: key}, now: noon}
		// Other states than on hand come from decisions of their own; here they
		// are simply there.
		m.item.Damaged = rapid.Int64Range(0, 5).Draw(t, "damaged")
		m.item.QualityControl = rapid.Int64Range(0, 5).Draw(t, "qualityControl")
		m.item.Reserved = rapid.Int64Range(0, 9).Draw(t, "reserved")
		m.item.Policy.OversellLimit = rapid.Int64Range(0, 4).Draw(t, "oversellLimit")
		m.onHand = m.item.Damaged + m.item.QualityControl
		m.item.OnHand = m.onHand
		origin := m.item
		t.Repeat(map[string]func(*rapid.T){
			"adjust": m.adjust,
			"count":  m.count,
			"time":   func(*rapid.T) { m.now = m.now.Add(time.Second) },
			"": func(t *rapid.T) {
				require.NoError(t, m.item.Check())
				require.Equal(t, m.onHand, m.item.OnHand)
				require.EqualValues(t, len(m.history), m.item.Version, "versions have no gaps")
				require.Equal(t, m.item, fold(t, origin, m.history), "the fold is deterministic")
			},
		})
	})
}

// fold replays a history from what is stored of it.
func fold(t *rapid.T, item stock.Item, history []stock.Event) stock.Item {
	for _, e := range history {
		stored, err := stock.Decode(e.Change.Type(), e.At, e.AppendJSON(nil))
		require.NoError(t, err)
		require.Equal(t, e, stored)
		item.Apply(stored)
	}
	return item
}
