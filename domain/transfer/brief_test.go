package transfer_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/transfer"
)

// TestAnArrivalOfALargeTransferIsABriefEvent: given a transfer of 100 lines, when a unit arrives,
// then the event has a few bytes, and it has all lines only in one version of 32, or where nothing
// is on its way any more.
func TestAnArrivalOfALargeTransferIsABriefEvent(t *testing.T) {
	var lines []transfer.Unit
	for i := range transfer.MaxLines {
		lines = append(lines, unit("SKU-"+strconv.Itoa(1000+i), 1))
	}
	moving := transfer.Transfer{ID: "truck-7"}
	events, err := moving.Ship("S1", "S2", lines, "", noon)
	require.NoError(t, err)
	moving.Apply(events[0])
	whole := []int(nil)
	for i := range transfer.MaxLines {
		events, err := moving.Receive([]transfer.Arrival{arrival(lines[i].SKU, 1, 0, 0)}, noon)
		require.NoError(t, err)
		moving.Apply(events[0])
		data := events[0].AppendJSON(nil)
		if events[0].Brief {
			require.Less(t, len(data), 100, "%s", data)
			continue
		}
		require.Greater(t, len(data), 5000)
		require.True(t, moving.Equal(events[0].After))
		whole = append(whole, int(moving.Version))
	}
	require.Equal(t, []int{32, 64, 96, 101}, whole)
}
