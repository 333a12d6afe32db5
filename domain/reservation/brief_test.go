package reservation_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// manyLines returns a reservation of 100 lines of ten units, with one event.
func manyLines() reservation.Reservation {
	var lines []stock.Part
	for i := range reservation.MaxLines {
		lines = append(lines, part(stock.Key{Store: "S1", SKU: "SKU-" + strconv.Itoa(1000+i)}, 10))
	}
	return happened(at(noon, reservation.Created{Terms: terms(lines...)}))
}

// TestASmallChangeOfALargeReservationIsABriefEvent: given a reservation of 100 lines, when a
// command changes little of it and leaves it open, then the event has a few bytes, and it has all lines
// only in one version of 32.
func TestASmallChangeOfALargeReservationIsABriefEvent(t *testing.T) {
	line := parts(part(stock.Key{Store: "S1", SKU: "SKU-1000"}, 1))
	for name, change := range map[string]func(reservation.Reservation) ([]reservation.Event, error){
		"extend": func(r reservation.Reservation) ([]reservation.Event, error) { return r.Extend(deadline, noon) },
		"commit": func(r reservation.Reservation) ([]reservation.Event, error) {
			return r.Commit(line, reservation.KeepRemainder, noon)
		},
		"release": func(r reservation.Reservation) ([]reservation.Event, error) { return r.Release(line, noon) },
		"return": func(r reservation.Reservation) ([]reservation.Event, error) {
			events, err := r.Commit(line, reservation.KeepRemainder, noon)
			require.NoError(t, err)
			r.Apply(events[0])
			r.Version-- // only what the event of the return is counts
			return r.Return(line, noon)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := manyLines()
			whole := 0
			for range 64 {
				events, err := change(r)
				require.NoError(t, err)
				require.Len(t, events, 1)
				data := events[0].AppendJSON(nil)
				if whole++; events[0].Brief {
					whole--
					require.Less(t, len(data), 100, "%s", data)
				} else {
					require.Greater(t, len(data), 10_000)
				}
				r.Version++
			}
			require.Equal(t, 2, whole, "of 64 versions")
		})
	}
}

// TestAnEventThatEndsAReservationIsWhole: readers without the reservation in memory find all of a
// closed one in its newest event.
func TestAnEventThatEndsAReservationIsWhole(t *testing.T) {
	r := manyLines()
	events, err := r.Commit(nil, reservation.KeepRemainder, noon)
	require.NoError(t, err)
	require.False(t, events[0].Brief)
	r.Apply(events[0])
	require.True(t, r.Equal(events[0].After))

	events, err = r.Return(parts(part(stock.Key{Store: "S1", SKU: "SKU-1000"}, 1)), noon.Add(time.Second))
	require.NoError(t, err)
	require.False(t, events[0].Brief, "it was closed before")
}

// TestAnExtensionIsBriefOrWhole: both are read back.
func TestAnExtensionIsBriefOrWhole(t *testing.T) {
	for version, want := range map[event.Version]string{30: `{"expiresAt":"2026-03-01T13:00:00.123456Z"}`, 31: `,"after":{`} {
		r := happened(held)
		r.Version = version
		events, err := r.Extend(deadline, noon)
		require.NoError(t, err)
		data := events[0].AppendJSON(nil)
		require.Contains(t, string(data), want)
		read, err := reservation.Decode(reservation.ExtendedV2, noon, data)
		require.NoError(t, err)
		require.Equal(t, events[0], read)
		read, err = reservation.Decode(reservation.ExtendedV2, noon, append([]byte(" "), data...))
		require.NoError(t, err)
		require.Equal(t, events[0], read, "in another spelling")
	}
}

// TestAReservationOfFewLinesHasWholeEvents: they are as short.
func TestAReservationOfFewLinesHasWholeEvents(t *testing.T) {
	events, err := happened(held).Commit(parts(part(a, 1)), reservation.KeepRemainder, noon)
	require.NoError(t, err)
	require.False(t, events[0].Brief)
	require.Equal(t, reservation.CommittedV1, events[0].Type())
}
