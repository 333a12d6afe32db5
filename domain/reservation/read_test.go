package reservation_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

var (
	texts = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[a-z0-9-]{1,40}`), rapid.String(),
		rapid.SampledFrom([]string{`"`, `\`, "\x00\x1f\n", "日本", "\xff", `","after":{`}))
	numbers = rapid.OneOf(rapid.Int64Range(-9, 9), rapid.Int64Range(0, stock.MaxQuantity), rapid.Int64())
	times   = rapid.OneOf(rapid.Just(time.Time{}), rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(-62167219200_000000, 253402300799_999999).Draw(t, "microseconds"))
	}))
	keys = rapid.Custom(func(t *rapid.T) stock.Key {
		return stock.Key{Store: texts.Draw(t, "store"), SKU: texts.Draw(t, "SKU")}
	})
	someParts = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) stock.Part {
		return part(keys.Draw(t, "item"),
			numbers.Draw(t, "units"))
	}), 0, 6)
	someLines = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) reservation.Line {
		number := func(what string) int64 { return numbers.Draw(t, what) }
		return reservation.Line{
			Key: keys.Draw(t, "item"), Quantity: number("quantity"), Remaining: number("remaining"),
			Committed: number("committed"), Released: number("released"), Returned: number("returned"),
		}
	}), 0, 6)
)

// drawEvent makes an event of a kind with whatever may be in it.
func drawEvent(t *rapid.T, name event.Type) reservation.Event {
	e := reservation.Event{After: reservation.State{
		Lines: someLines.Draw(t, "lines"), ExpiresAt: times.Draw(t, "deadline"), Owner: texts.Draw(t, "owner"),
		Reference: texts.Draw(t, "reference"), Version: event.Version(numbers.Draw(t, "version")), CreatedAt: times.Draw(t, "begin"),
	}}
	switch name {
	case reservation.CreatedV1:
		e.Change = reservation.Created{}
	case reservation.ReplacedV1:
		e.Change = reservation.Replaced{}
	case reservation.ExtendedV1, reservation.ExtendedV2:
		e.Change = reservation.Extended{
			ExpiresAt: times.Draw(t, "new deadline"), ItemsTell: name == reservation.ExtendedV1,
		}
		e.Brief = name == reservation.ExtendedV2 && rapid.Bool().Draw(t, "brief")
	case reservation.CommittedV1, reservation.CommittedV2:
		e.Brief = name == reservation.CommittedV2
		e.Change = reservation.Committed{Lines: someParts.Draw(t, "parts")}
	case reservation.ReleasedV1, reservation.ReleasedV2:
		e.Brief = name == reservation.ReleasedV2
		e.Change = reservation.Released{Lines: someParts.Draw(t, "parts")}
	case reservation.ReturnedV1, reservation.ReturnedV2:
		e.Brief = name == reservation.ReturnedV2
		e.Change = reservation.Returned{Lines: someParts.Draw(t, "parts")}
	default:
		e.Change = reservation.Expired{}
	}
	return e
}

func TestOurOwnSpellingIsReadTheFastWay(t *testing.T) {
	for _, e := range goldenEvents() {
		name := e.Type()
		t.Run(string(name), func(t *testing.T) {
			found, ok := reservation.ReadOwn(name, e.At, e.AppendJSON(nil))
			require.True(t, ok)
			require.Equal(t, e, found)
			rapid.Check(t, func(t *rapid.T) {
				written := drawEvent(t, name)
				require.Equal(t, name, written.Type())
				data := written.AppendJSON(nil)
				found, ok := reservation.ReadOwn(name, noon, data)
				require.True(t, ok, "%s", data)
				want, err := reservation.DecodeAny(name, noon, data)
				require.NoError(t, err)
				require.Equal(t, want, found)
			})
		})
	}
}

func TestAnotherSpellingIsReadTheGeneralWay(t *testing.T) {
	own := string(goldenEvents()[0].AppendJSON(nil))
	for _, change := range [][2]string{
		{`"status":"held"`, `"status":"lost"`},
		{`"status":"held"`, `"status":`},
		{`"status":"held",`, ``},
		{`"quantity":`, `"Quantity":`},
		{`"lines":[`, `"lines":null,"more":[`},
		{`"lines":[`, `"lines":[null,`},
		{`.123456Z`, `.123456+01:00`},
		{`"version":1`, `"version":1.5`},
		{`}}`, "}}\n"},
	} {
		other := strings.Replace(own, change[0], change[1], 1)
		require.NotEqual(t, own, other)
		_, ok := reservation.ReadOwn(reservation.CreatedV1, noon, []byte(other))
		require.False(t, ok, other)
		want, wanted := reservation.DecodeAny(reservation.CreatedV1, noon, []byte(other))
		found, err := reservation.Decode(reservation.CreatedV1, noon, []byte(other))
		require.Equal(t, wanted, err)
		require.Equal(t, want, found)
	}
	_, ok := reservation.ReadOwn("reservation.unheard-of.v1", noon, []byte(own))
	require.False(t, ok)
}

// FuzzReadOwn: the fast way reads the same as the general way.
func FuzzReadOwn(f *testing.F) {
	for _, e := range goldenEvents() {
		f.Add(string(e.Type()), e.AppendJSON(nil))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		found, ok := reservation.ReadOwn(event.Type(name), noon, data)
		if !ok {
			return
		}
		want, err := reservation.DecodeAny(event.Type(name), noon, data)
		require.NoError(t, err)
		require.Equal(t, want, found)
	})
}

func TestReadReservationTakesEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		written := reservation.Reservation{
			ID: texts.Draw(t, "id"), State: drawEvent(t, reservation.ReplacedV1).After, UpdatedAt: times.Draw(t, "updated"),
		}
		data := written.AppendJSON(nil)
		var want reservation.Reservation
		require.NoError(t, json.Unmarshal(data, &want))
		for _, spelling := range [][]byte{data, append([]byte(" "), data...)} {
			found, err := reservation.Read(spelling)
			require.NoError(t, err)
			require.Equal(t, &want, found)
		}
		for _, bad := range []string{"", "null]", string(data[:len(data)-1]), string(data) + "}"} {
			_, err := reservation.Read([]byte(bad))
			require.Error(t, err)
		}
	})
}
