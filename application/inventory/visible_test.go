package inventory

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
)

func TestTheVisiblePositionWaitsForGaps(t *testing.T) {
	var v visiblePosition
	one := Growth{Events: 1, Bytes: 10}
	reached, abandon := v.wait(3)
	v.publish(2, one)
	v.publish(3, one)
	require.Zero(t, v.position())
	require.Len(t, v.early, 2)
	require.Zero(t, v.grown())
	v.publish(1, one)
	<-reached
	require.Equal(t, event.Position(3), v.position())
	v.publish(2, one) // again, as a ledger that catches up may
	require.Empty(t, v.early)
	require.Equal(t, Growth{Events: 3, Bytes: 30}, v.grown(), "each commit counts once")
	abandon()
	_, abandon = v.wait(9)
	abandon()
	require.Empty(t, v.waiters)
}
