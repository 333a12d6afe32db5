package transfer_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

var (
	texts = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[a-z0-9-]{1,40}`), rapid.String(),
		rapid.SampledFrom([]string{`"`, `\`, "\x00\x1f\n", "日本", "\xff", `","after":{`}))
	numbers   = rapid.OneOf(rapid.Int64Range(-9, 9), rapid.Int64Range(0, stock.MaxQuantity), rapid.Int64())
	someUnits = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) transfer.Unit {
		return unit(texts.Draw(t, "SKU"), numbers.Draw(t, "quantity"))
	}), 0, 6)
	someArrivals = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) transfer.Arrival {
		return arrival(texts.Draw(t, "SKU"), numbers.Draw(t, "good"), numbers.Draw(t, "damaged"), numbers.Draw(t, "lost"))
	}), 0, 6)
	someLines = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) transfer.Line {
		number := func(what string) int64 { return numbers.Draw(t, what) }
		return transfer.Line{
			SKU: texts.Draw(t, "SKU"), Quantity: number("quantity"), Pending: number("pending"),
			Good: number("good"), Damaged: number("damaged"), Lost: number("lost"), Cancelled: number("cancelled"),
		}
	}), 0, 6)
)

// drawEvent makes an event of a kind with whatever may be in it.
func drawEvent(t *rapid.T, name event.Type) transfer.Event {
	e := transfer.Event{After: transfer.State{
		From: texts.Draw(t, "from"), To: texts.Draw(t, "to"), Lines: someLines.Draw(t, "lines"), Reference: texts.Draw(t, "reference"),
		Version:   event.Version(numbers.Draw(t, "version")),
		CreatedAt: time.UnixMicro(rapid.Int64Range(-62167219200_000000, 253402300799_999999).Draw(t, "begin")),
	}}
	switch name {
	case transfer.ShippedV1:
		e.Change = transfer.Shipped{}
	case transfer.ReceivedV1:
		e.Change = transfer.Received{Lines: someArrivals.Draw(t, "arrivals")}
	case transfer.ReceivedV2:
		return transfer.Event{Change: transfer.Received{Lines: someArrivals.Draw(t, "arrivals")}, Brief: true}
	default:
		e.Change = transfer.Cancelled{Lines: someUnits.Draw(t, "units")}
	}
	return e
}

func TestOurOwnSpellingIsReadTheFastWay(t *testing.T) {
	for _, e := range goldenEvents() {
		name := e.Type()
		t.Run(string(name), func(t *testing.T) {
			found, ok := transfer.ReadOwn(name, e.At, e.AppendJSON(nil))
			require.True(t, ok)
			require.Equal(t, e, found)
			rapid.Check(t, func(t *rapid.T) {
				written := drawEvent(t, name)
				require.Equal(t, name, written.Type())
				data := written.AppendJSON(nil)
				found, ok := transfer.ReadOwn(name, noon, data)
				require.True(t, ok, "%s", data)
				want, err := transfer.DecodeAny(name, noon, data)
				require.NoError(t, err)
				require.Equal(t, want, found)
			})
		})
	}
}

func TestAnotherSpellingIsReadTheGeneralWay(t *testing.T) {
	own := string(goldenEvents()[0].AppendJSON(nil))
	for _, change := range [][2]string{
		{`"status":"in-transit"`, `"status":"lost"`},
		{`"status":"in-transit"`, `"status":`},
		{`"status":"in-transit",`, ``},
		{`"quantity":`, `"Quantity":`},
		{`"lines":[`, `"lines":null,"more":[`},
		{`"lines":[`, `"lines":[null,`},
		{`"version":1`, `"version":1.5`},
		{`}}`, "}}\n"},
	} {
		other := strings.Replace(own, change[0], change[1], 1)
		require.NotEqual(t, own, other)
		_, ok := transfer.ReadOwn(transfer.ShippedV1, noon, []byte(other))
		require.False(t, ok, other)
		want, wanted := transfer.DecodeAny(transfer.ShippedV1, noon, []byte(other))
		found, err := transfer.Decode(transfer.ShippedV1, noon, []byte(other))
		require.Equal(t, wanted, err)
		require.Equal(t, want, found)
	}
	_, ok := transfer.ReadOwn("transfer.unheard-of.v1", noon, []byte(own))
	require.False(t, ok)
}

// FuzzReadOwn: the fast way reads the same as the general way.
func FuzzReadOwn(f *testing.F) {
	for _, e := range goldenEvents() {
		f.Add(string(e.Type()), e.AppendJSON(nil))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		found, ok := transfer.ReadOwn(event.Type(name), noon, data)
		if !ok {
			return
		}
		want, err := transfer.DecodeAny(event.Type(name), noon, data)
		require.NoError(t, err)
		require.Equal(t, want, found)
	})
}

func TestReadTransferTakesEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		written := transfer.Transfer{
			ID: texts.Draw(t, "id"), State: drawEvent(t, transfer.ReceivedV1).After, UpdatedAt: time.UnixMicro(rapid.Int64Range(0, 1<<50).Draw(t, "updated")),
		}
		data := written.AppendJSON(nil)
		var want transfer.Transfer
		require.NoError(t, json.Unmarshal(data, &want))
		for _, spelling := range [][]byte{data, append([]byte(" "), data...)} {
			found, err := transfer.Read(spelling)
			require.NoError(t, err)
			require.Equal(t, &want, found)
		}
		for _, bad := range []string{"", "null]", string(data[:len(data)-1]), string(data) + "}"} {
			_, err := transfer.Read([]byte(bad))
			require.Error(t, err)
		}
	})
}
