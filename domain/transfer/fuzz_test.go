package transfer_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/transfer"
)

// FuzzDecode: data of any kind decodes or is refused; what decodes encodes to
// what decodes the same.
func FuzzDecode(f *testing.F) {
	for _, e := range goldenEvents() {
		f.Add(string(e.Type()), e.AppendJSON(nil))
	}
	f.Add("transfer.shipped.v1", []byte(`{"after":{"lines":[{}],"createdAt":"9999-12-31T23:59:59-01:00"}}`))
	f.Add("transfer.received.v1", []byte(`null`))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		e, err := transfer.Decode(event.Type(name), noon, data)
		if err != nil {
			return
		}
		written := e.AppendJSON(nil)
		if foreignYear.Match(written) {
			return
		}
		first, err := transfer.Decode(event.Type(name), noon, written)
		require.NoError(t, err)
		second, err := transfer.Decode(event.Type(name), noon, first.AppendJSON(nil))
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}

// foreignYear finds a time that its zone's offset put out of the years 0 to
// 9999, which no time that this program writes is.
var foreignYear = regexp.MustCompile(`"(-001|10000)-`)
