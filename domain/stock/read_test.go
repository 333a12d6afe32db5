package stock_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

var (
	texts = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[a-z0-9-]{1,40}`), rapid.String(),
		rapid.SampledFrom([]string{`"`, `\`, "\x00\x1f\n", "日本", "\U0001f600", "\xff", `","after":{`}))
	numbers = rapid.OneOf(rapid.Int64Range(-9, 9), rapid.Int64Range(-stock.MaxQuantity, stock.MaxQuantity), rapid.Int64())
	times   = rapid.OneOf(rapid.Just(time.Time{}), rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(-62167219200_000000, 253402300799_999999).Draw(t, "microseconds"))
	}))
)

// drawChange makes a change of a kind with whatever may be in it.
func drawChange(t *rapid.T, name event.Type) stock.Change {
	text := func(what string) string { return texts.Draw(t, what) }
	number := func(what string) int64 { return numbers.Draw(t, what) }
	instant := func(what string) time.Time { return times.Draw(t, what) }
	note := stock.Note{Reason: text("reason"), Reference: text("reference")}
	hold := stock.Hold{ReservationID: text("reservation"), Quantity: number("quantity"), ExpiresAt: instant("deadline")}
	switch name {
	case stock.AdjustedV1:
		return stock.Adjusted{Delta: number("delta"), Note: note}
	case stock.CountedV1:
		return stock.Counted{OnHand: number("on hand"), Previous: number("previous"), AtRisk: number("at risk"), Note: note}
	case stock.MovedV1:
		states := rapid.SampledFrom([]stock.State{
			stock.SellableState, stock.DamagedState, stock.QualityControlState, "", `other "state`,
		})
		return stock.Moved{From: states.Draw(t, "from"), To: states.Draw(t, "to"), Quantity: number("quantity"), Note: note}
	case stock.PolicySetV1:
		return stock.PolicySet{Policy: drawLevels(t).Policy}
	case stock.LowV1:
		return stock.WentLow{Available: number("available"), Threshold: number("threshold")}
	case stock.RestockedV1:
		return stock.Restocked{Available: number("available"), Threshold: number("threshold")}
	case stock.ReservedV1:
		reserved := stock.Reserved{ReservationID: hold.ReservationID, Quantity: hold.Quantity, ExpiresAt: hold.ExpiresAt}
		if rapid.Bool().Draw(t, "replaces") {
			reserved.Replaces = &stock.Replaced{Quantity: number("replaced"), ExpiresAt: instant("replaced deadline")}
		}
		return reserved
	case stock.ExtendedV1:
		return stock.Extended{ReservationID: hold.ReservationID, ExpiresAt: hold.ExpiresAt, Before: instant("before")}
	case stock.CommittedV1:
		return stock.Committed(hold)
	case stock.ReleasedV1:
		return stock.Released(hold)
	case stock.ExpiredV1:
		return stock.Expired{ReservationID: hold.ReservationID, Quantity: hold.Quantity}
	case stock.ReturnedV1:
		return stock.Returned{
			Source: stock.Source{ReservationID: hold.ReservationID, TransferID: text("transfer")}, Quantity: hold.Quantity,
		}
	case stock.ShippedV1:
		return stock.Shipped{TransferID: text("transfer"), Quantity: hold.Quantity}
	case stock.IncomingV1:
		return stock.Incoming{TransferID: text("transfer"), Delta: hold.Quantity}
	case stock.ReceivedV1:
		return stock.Received{TransferID: text("transfer"), Good: number("good"), Damaged: number("damaged")}
	default:
		return stock.Lost{TransferID: text("transfer"), Quantity: hold.Quantity}
	}
}

func drawLevels(t *rapid.T) stock.Levels {
	number := func(what string) int64 { return numbers.Draw(t, what) }
	l := stock.Levels{
		OnHand: number("on hand"), Reserved: number("reserved"), Damaged: number("damaged"), QualityControl: number("quality control"),
		Incoming: number("incoming"), Version: event.Version(number("version")),
		Policy: stock.Policy{SafetyStock: number("safety stock"), OversellLimit: number("oversell limit")},
	}
	if rapid.Bool().Draw(t, "has a threshold") {
		threshold := number("threshold")
		l.Policy.LowStockThreshold = &threshold
	}
	return l
}

// goldenData is the data of one event of each kind, by name.
func goldenData(t testing.TB) map[event.Type][]byte {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	data := map[event.Type][]byte{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		data[event.Type(strings.TrimSuffix(filepath.Base(file), ".json"))] = bytes.TrimSpace(content)
	}
	return data
}

func TestOurOwnSpellingIsReadTheFastWay(t *testing.T) {
	for name, data := range goldenData(t) {
		t.Run(string(name), func(t *testing.T) {
			_, ok := stock.ReadOwn(name, noon, data)
			require.True(t, ok, "%s", data)
			rapid.Check(t, func(t *rapid.T) {
				written := stock.Event{Change: drawChange(t, name), After: drawLevels(t)}
				require.Equal(t, name, written.Change.Type())
				data := written.AppendJSON(nil)
				found, ok := stock.ReadOwn(name, noon, data)
				require.True(t, ok, "%s", data)
				want, err := stock.DecodeAny(name, noon, data)
				require.NoError(t, err)
				require.Equal(t, want, found)
			})
		})
	}
}

func TestAnotherSpellingIsReadTheGeneralWay(t *testing.T) {
	own := string(goldenData(t)[stock.AdjustedV1])
	for _, change := range [][2]string{
		{`{"delta":-3`, `{"DELTA":-3`},
		{`"delta":-3`, `"delta": -3`},
		{`"delta":-3,"reason":"delivery"`, `"reason":"delivery","delta":-3`},
		{`"delta":-3`, `"delta":-3,"more":[{}]`},
		{`"onHand":9`, `"onHand":-0`},
		{`"available":-1`, `"available":1e99`},
		{`"available":-1,`, ``},
		{`}}`, "}}\n"},
	} {
		other := strings.Replace(own, change[0], change[1], 1)
		require.NotEqual(t, own, other)
		_, ok := stock.ReadOwn(stock.AdjustedV1, noon, []byte(other))
		require.False(t, ok, other)
		want, err := stock.DecodeAny(stock.AdjustedV1, noon, []byte(other))
		require.NoError(t, err)
		found, err := stock.Decode(stock.AdjustedV1, noon, []byte(other))
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
	_, ok := stock.ReadOwn("stock.unheard-of.v1", noon, []byte(own))
	require.False(t, ok)
}

// FuzzReadOwn: the fast way reads the same as the general way.
func FuzzReadOwn(f *testing.F) {
	for name, data := range goldenData(f) {
		f.Add(string(name), data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		found, ok := stock.ReadOwn(event.Type(name), noon, data)
		if !ok {
			return
		}
		want, err := stock.DecodeAny(event.Type(name), noon, data)
		require.NoError(t, err)
		require.Equal(t, want, found)
	})
}
