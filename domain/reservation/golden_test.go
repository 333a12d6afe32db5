package reservation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// goldenEvents is the life of a reservation, one event of each kind, with
// everything in it that may be left out.
func goldenEvents() []reservation.Event {
	quoted := stock.Key{Store: "S2", SKU: `B/"1" é`}
	asked := reservation.Terms{
		Lines: parts(part(a, 5), part(quoted, 3)), ExpiresAt: noon.Add(time.Minute), Owner: "shop-web", Reference: "cart 42",
	}
	instead := asked
	instead.Lines = parts(part(quoted, 4), part(a, 6))
	r := reservation.Reservation{ID: "order-1001"}
	events := []reservation.Event{
		at(noon, reservation.Created{Terms: asked}),
		at(noon, reservation.Replaced{Terms: instead}),
		at(noon, reservation.Extended{ExpiresAt: deadline, ItemsTell: true}),
		committed(part(quoted, 3), part(a, 2)),
		released(part(quoted, 1), part(a, 1)),
		returned(part(quoted, 2), part(a, 1)),
		expired,
	}
	for i, e := range events {
		r.Apply(e)
		events[i].After = r.State
	}
	extended := at(noon, reservation.Extended{ExpiresAt: deadline})
	extended.After = r.State
	return append(events, extended, brief(committed(part(quoted, 3), part(a, 2)).Change),
		brief(released(part(quoted, 1), part(a, 1)).Change), brief(returned(part(quoted, 2), part(a, 1)).Change))
}

func brief(change reservation.Change) reservation.Event {
	return reservation.Event{At: noon, Change: change, Brief: true}
}

// TestGoldenEvents holds every event, as it stands in logs out there, against a
// file that must never change. A new shape gets a new name and a new file.
func TestGoldenEvents(t *testing.T) {
	names := []event.Type{
		"reservation.created.v1", "reservation.replaced.v1", "reservation.extended.v1", "reservation.committed.v1",
		"reservation.released.v1", "reservation.returned.v1", "reservation.expired.v1", "reservation.extended.v2",
		"reservation.committed.v2", "reservation.released.v2", "reservation.returned.v2",
	}
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
			back, err := reservation.Decode(names[i], e.At, want)
			require.NoError(t, err)
			require.Equal(t, e, back)
		})
	}
}

// TestOptionalMembersAreLeftOut: an absent member is not written, and reads
// back as not there.
func TestOptionalMembersAreLeftOut(t *testing.T) {
	r := reservation.Reservation{ID: "r"}
	events, err := r.Place(reservation.Terms{Lines: parts(part(a, 5))}, noon)
	require.NoError(t, err)
	data := events[0].AppendJSON(nil)
	require.JSONEq(t, `{"after":{"status":"held",
		"lines":[{"store":"S1","sku":"A","quantity":5,"remaining":5,"committed":0,"released":0,"returned":0}],
		"version":1,"createdAt":"2026-03-01T12:00:00.123456Z"}}`, string(data))
	back, err := reservation.Decode(reservation.CreatedV1, noon, data)
	require.NoError(t, err)
	require.Equal(t, events[0], back)
	r.Apply(back)

	events, err = r.Extend(deadline, noon)
	require.NoError(t, err)
	r.Apply(events[0])
	events, err = r.Extend(reservation.Reservation{}.ExpiresAt, noon)
	require.NoError(t, err)
	back, err = reservation.Decode(reservation.ExtendedV2, noon, events[0].AppendJSON(nil))
	require.NoError(t, err)
	require.Equal(t, events[0], back, "a deadline that was taken away")
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	_, err := reservation.Decode("reservation.unheard-of.v1", noon, []byte(`{}`))
	require.Equal(t, &event.UnknownTypeError{Type: "reservation.unheard-of.v1"}, err)
	_, err = reservation.Decode("reservation.committed.v3", noon, []byte(`{"lines":{"S1":{"A":2}},"after":[]}`))
	require.Equal(t, &event.UnknownTypeError{Type: "reservation.committed.v3"}, err, "whatever its shape")
	for name, data := range map[event.Type]string{
		reservation.CreatedV1:   `{"after":{"lines":{}}}`,
		reservation.ExtendedV1:  `{"expiresAt":"tomorrow"}`,
		reservation.CommittedV1: `{"lines":[{"quantity":"x"}]}`,
		reservation.ExpiredV1:   `{"after":`,
	} {
		_, err = reservation.Decode(name, noon, []byte(data))
		require.ErrorContains(t, err, "decode "+string(name))
	}
}
