package stock_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/stock"
)

func TestARefusalStatesItsNumbers(t *testing.T) {
	line := stock.Shortage{Key: key, Requested: 1, Shortfall: 1}
	for want, lines := range map[string][]stock.Shortage{
		`1 unit of "A" requested in S1, 0 available (short by 1)`:  {line},
		`5 units of "A" requested in S1, 2 available (short by 3)`: {{Key: key, Requested: 5, Available: 2, Shortfall: 3}},
		`5 units of "A" requested in S1, 2 available and 1 may be oversold (short by 2)`: {
			{Key: key, Requested: 5, Available: 2, Shortfall: 2},
		},
		`stock is short on 2 lines: 1 unit of "A" requested in S1, 0 available (short by 1); ` +
			`1 unit of "A" requested in S1, 0 available (short by 1)`: {line, line},
		`stock is short on 5 lines: 1 unit of "A" requested in S1, 0 available (short by 1); ` +
			`1 unit of "A" requested in S1, 0 available (short by 1); ` +
			`1 unit of "A" requested in S1, 0 available (short by 1); see lines for 2 more`: slices.Repeat([]stock.Shortage{line}, 5),
	} {
		require.EqualError(t, &stock.InsufficientError{Lines: lines}, want)
	}
	require.EqualError(t, &stock.WouldBreakReservationsError{Key: key, Reserved: 6, Sellable: 4, OversellLimit: 1},
		`6 units of "A" in S1 reserved, but only 4 would be sellable (oversell limit 1): `+
			"release reservations first, raise the limit, or record a count")
	require.EqualError(t, &stock.CountBelowStatesError{Counted: 1, Damaged: 2},
		"1 unit counted, but 2 are damaged and 0 are in quality control: move those first, or count again")
	require.EqualError(t, &stock.QuantityError{Field: "delta", Limit: 10},
		"delta would bring a quantity below 0 or above 10: send a smaller number")
}

func TestANegativeAvailableIsExplainedByItsTerms(t *testing.T) {
	item := stock.Item{Key: key, Levels: stock.Levels{
		OnHand: 9, Reserved: 6, Damaged: 1, QualityControl: 2, Policy: stock.Policy{SafetyStock: 3}, Version: 2,
	}}
	for want, decide := range map[string]decision{
		`1 unit of "A" requested in S1, -3 available (short by 4; ` +
			`available = 9 on hand - 1 damaged - 2 in quality control - 6 reserved - 3 safety stock)`: ship(1),
		`5 units of "A" requested in S1, -1 available (short by 6; ` +
			`available = 9 on hand - 1 damaged - 2 in quality control - 4 reserved - 3 safety stock)`: func(i stock.Item) ([]stock.Event, error) {
			before := hold("a", 2)
			return i.Reserve(hold("a", 5), &before, noon)
		},
	} {
		_, err := decide(item)
		require.EqualError(t, err, want)
		text, encodeErr := json.Marshal(err)
		require.NoError(t, encodeErr)
		back := &stock.InsufficientError{}
		require.NoError(t, json.Unmarshal(text, back))
		require.Equal(t, err, back)
	}
	_, err := ship(1)(stock.Item{Key: key, Levels: stock.Levels{OnHand: 1, Damaged: 1}})
	require.EqualError(t, err, `1 unit of "A" requested in S1, 0 available (short by 1)`)
}
