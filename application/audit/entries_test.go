package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/audit"
)

func TestAStoryPassesAlsoIfWhatIsClosedIsInAnIndex(t *testing.T) {
	a := audit.New(queryindex.InMemory())
	for _, c := range story(t) {
		require.NoError(t, a.Check(c))
		index, err := a.Flush(t.Context())
		require.NoError(t, err)
		require.Equal(t, c.Position, index.Mark().Position)
	}
	require.Equal(t, []int{2, 3, 1}, []int{a.Items(), a.Reservations(), a.Transfers()})
}
