package stock_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// FuzzName: a name that is taken is in its normal form, short, and reads back
// from the stream's id.
func FuzzName(f *testing.F) {
	f.Add("S1", "A/B 1")
	f.Add("S1", "x\u00a0e\u0301")
	f.Add("S1", "a\ufe0f")
	f.Add("S1", "l\u00b7l")
	f.Fuzz(func(t *testing.T, store, sku string) {
		key, err := stock.NewKey(store, sku)
		if err != nil {
			require.ErrorAs(t, err, new(*stock.NameError))
			return
		}
		require.LessOrEqual(t, len(key.SKU), stock.MaxSKUBytes)
		require.True(t, stock.WasSKU(key.SKU), "older versions took more")
		require.NotContains(t, key.SKU, "\u00a0")
		again, err := stock.NewKey(key.Store, key.SKU)
		require.NoError(t, err)
		require.Equal(t, key, again, "normalising twice changes nothing")
		back, ok := stock.KeyOf(key.Stream())
		require.True(t, ok)
		require.Equal(t, key, back)
	})
}

// FuzzDecode: data of any kind decodes or is refused; what decodes encodes to
// what decodes the same.
func FuzzDecode(f *testing.F) {
	f.Add("stock.adjusted.v1", []byte(`{"delta":-3,"after":{"onHand":9,"version":2}}`))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		e, err := stock.Decode(event.Type(name), noon, data)
		if err != nil {
			return
		}
		written := e.AppendJSON(nil)
		if foreignYear.Match(written) {
			return
		}
		first, err := stock.Decode(event.Type(name), noon, written)
		require.NoError(t, err)
		require.True(t, e.After.Equal(first.After))
		second, err := stock.Decode(event.Type(name), noon, first.AppendJSON(nil))
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}

// foreignYear finds a time that its zone's offset put out of the years 0 to
// 9999, which no time that this program writes is.
var foreignYear = regexp.MustCompile(`"(-001|10000)-`)
