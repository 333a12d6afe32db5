package command_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

func TestAPolicyThatTheItemHasWritesNothing(t *testing.T) {
	s := newService(t)
	must(t, s, &command.SetPolicy{Item: s1a})
	require.EqualValues(t, 1, s.item(t, s1a).Version, "a policy creates an item")
	set := func() *command.SetPolicy {
		return &command.SetPolicy{
			Item: s1a, SafetyStock: pointer[int64](2),
			LowStockThreshold: command.Threshold{Given: true, Units: pointer[int64](5)},
		}
	}
	first := must(t, s, set())
	commits := len(s.log(t))
	for _, same := range []*command.SetPolicy{set(), {Item: s1a}, {Item: s1a, OversellLimit: pointer[int64](0)}} {
		require.Equal(t, first.Levels, must(t, s, same).Levels)
	}
	require.Len(t, s.log(t), commits)
	other := set()
	other.LowStockThreshold.Units = nil
	require.Greater(t, must(t, s, other).Version, first.Version)
	s.audited(t)
}

func TestAPolicyThatTheItemHasWritesNoExpiredHolds(t *testing.T) {
	s := newService(t)
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 5})
	must(t, s, &command.ReserveStock{Lines: []stock.Part{part(s1a, 2)}, TTLSeconds: pointer[int64](60)})
	s.watch.set(noon.Add(time.Minute))
	commits := len(s.log(t))
	same := must(t, s, &command.SetPolicy{Item: s1a})
	require.Zero(t, same.Reserved)
	require.EqualValues(t, 3, same.Version, "the expired hold counts")
	require.Len(t, s.log(t), commits)
	s.audited(t)
}
