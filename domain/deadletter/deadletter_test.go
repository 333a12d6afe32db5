package deadletter_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
)

func TestTheEventStaysAsItIsOnDisk(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 250000000, time.UTC)
	fact := deadletter.Deleted{
		Projection: "central-view", Position: 7, Index: 1, Stream: "stock/S1/A", Version: 3, Kind: "stock.adjusted.v1",
		Cause: "it said \"no\"", Attempts: 6, FirstAt: at, LastAt: at.Add(time.Minute),
	}
	golden, err := os.ReadFile("testdata/dead-letter.deleted.v1.json")
	require.NoError(t, err)
	require.Equal(t, string(golden), string(fact.AppendJSON(nil))+"\n")
	read, err := deadletter.Decode(deadletter.DeletedV1, golden)
	require.NoError(t, err)
	require.Equal(t, fact, read)
}

func TestAnEventOfAnotherShapeIsRefused(t *testing.T) {
	_, err := deadletter.Decode("dead-letter.unheard-of.v1", []byte(`{}`))
	require.ErrorContains(t, err, "unknown event")
	_, err = deadletter.Decode(deadletter.DeletedV1, []byte(`{"position":"one"}`))
	require.ErrorContains(t, err, "decode")
}

func TestAStreamNamesItsLetter(t *testing.T) {
	id, ok := deadletter.IDOf(deadletter.Stream("central-view-7-1"))
	require.True(t, ok)
	require.Equal(t, "central-view-7-1", id)
	for _, other := range []event.StreamID{"dead-letter/", "stock/S1/A"} {
		_, ok = deadletter.IDOf(other)
		require.False(t, ok, "%s", other)
	}
}
