package transfer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/transfer"
)

// goldenEvents is the life of a transfer, one event of each kind, with
// everything in it that may be left out.
func goldenEvents() []transfer.Event {
	moving := transfer.Transfer{ID: "truck-7"}
	events := []transfer.Event{
		at(noon, transfer.Shipped{From: "S1", To: "S2", Lines: []transfer.Unit{unit("A", 9), unit(`B/"1" é`, 3)}, Reference: "truck 7"}),
		received(arrival(`B/"1" é`, 1, 0, 0), arrival("A", 4, 2, 1)),
		cancelled(unit("A", 2), unit(`B/"1" é`, 2)),
	}
	for i, e := range events {
		moving.Apply(e)
		events[i].After = moving.State
	}
	brief := received(arrival(`B/"1" é`, 1, 0, 0), arrival("A", 4, 2, 1))
	brief.Brief = true
	return append(events, brief)
}

// TestGoldenEvents holds every event, as it stands in logs out there, against a
// file that must never change. A new shape gets a new name and a new file.
func TestGoldenEvents(t *testing.T) {
	names := []event.Type{"transfer.shipped.v1", "transfer.received.v1", "transfer.cancelled.v1", "transfer.received.v2"}
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, len(names), "one file per event")
	for i, e := range goldenEvents() {
		t.Run(string(names[i]), func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", string(names[i])+".json"))
			require.NoError(t, err)
			require.Equal(t, string(want), string(e.AppendJSON(nil))+"\n")
			require.Equal(t, names[i], e.Type())
			require.True(t, json.Valid(want))
			back, err := transfer.Decode(names[i], e.At, want)
			require.NoError(t, err)
			require.Equal(t, e, back)
		})
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	_, err := transfer.Decode("transfer.unheard-of.v1", noon, []byte(`{}`))
	require.Equal(t, &event.UnknownTypeError{Type: "transfer.unheard-of.v1"}, err)
	_, err = transfer.Decode("transfer.shipped.v2", noon, []byte(`{"after":[]}`))
	require.Equal(t, &event.UnknownTypeError{Type: "transfer.shipped.v2"}, err, "whatever its shape")
	for data, name := range map[string]event.Type{
		`{"after":{"lines":{}}}`:      transfer.ShippedV1,
		`{"lines":[{"good":"x"}]}`:    transfer.ReceivedV1,
		`{"lines":{}}`:                transfer.CancelledV1,
		`{"after":{"version":"one"}}`: transfer.CancelledV1,
		`{"after":`:                   transfer.ShippedV1,
	} {
		_, err = transfer.Decode(name, noon, []byte(data))
		require.ErrorContains(t, err, "decode "+string(name))
	}
}
