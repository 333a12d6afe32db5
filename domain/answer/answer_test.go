package answer_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/event"
)

func TestTheEventStaysAsItIsOnDisk(t *testing.T) {
	fact := answer.Kept{Bytes: 71}
	golden, err := os.ReadFile("testdata/answer.kept.v1.json")
	require.NoError(t, err)
	require.Equal(t, string(golden), string(fact.AppendJSON(nil))+"\n")
	read, err := answer.Decode(answer.KeptV1, golden)
	require.NoError(t, err)
	require.Equal(t, fact, read)
}

func TestAnEventOfAnotherShapeIsRefused(t *testing.T) {
	_, err := answer.Decode("answer.unheard-of.v1", []byte(`{}`))
	require.ErrorContains(t, err, "unknown event")
	_, err = answer.Decode(answer.KeptV1, []byte(`{"bytes":"one"}`))
	require.ErrorContains(t, err, "decode")
}

func TestAStreamIsOfAnswers(t *testing.T) {
	id, ok := answer.IDOf(answer.Stream("7"))
	require.True(t, ok)
	require.Equal(t, "7", id)
	for _, other := range []event.StreamID{"answer/", "stock/S1/A"} {
		_, ok = answer.IDOf(other)
		require.False(t, ok, "%s", other)
	}
}
