package httpapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
)

func listOf(entry string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(entry+",", n), ",") + "]"
}

func TestAListTakesNoMoreMemoryThanItMayHaveEntries(t *testing.T) {
	var batch batchBody
	require.NoError(t, decodeBody([]byte(`{"operations":`+listOf("{}", 100_000)+`}`), &batch))
	require.Equal(t, command.MaxOperations+1, len(batch.Operations), "one too many, so that the batch is refused")
	require.Less(t, cap(batch.Operations), 2*command.MaxOperations)
	for what, c := range map[string]struct {
		into  any
		entry string
		lines func(any) int
	}{
		"reserved": {&command.ReserveStock{}, "{}", func(c any) int { return len(c.(*command.ReserveStock).Lines) }},
		"shipped":  {&command.ShipTransfer{}, "{}", func(c any) int { return len(c.(*command.ShipTransfer).Lines) }},
		"received": {&command.ReceiveTransfer{}, "{}", func(c any) int { return len(c.(*command.ReceiveTransfer).Lines) }},
	} {
		for n, kept := range map[int]int{0: 0, 1: 1, 100: 100, 101: 101, 102: 101, 10_000: 101} {
			require.NoError(t, decodeBody([]byte(`{"lines":`+listOf(c.entry, n)+`}`), c.into), what)
			require.Equal(t, kept, c.lines(c.into), what)
		}
	}
}

func TestAListIsReadAsStrictlyAsEver(t *testing.T) {
	absent, empty := &command.ReleaseReservation{}, &command.ReleaseReservation{}
	require.NoError(t, decodeBody([]byte(`{}`), absent))
	require.Nil(t, absent.Lines, "all of them")
	require.NoError(t, decodeBody([]byte(`{"lines":[]}`), empty))
	require.NotNil(t, empty.Lines, "none")
	for body, complaint := range map[string]string{
		`{"lines":[{},{"quantity":"1"}]}`:                 "#/lines/1/quantity must be a whole number",
		`{"lines":[{},{"number":1}]}`:                     "#/lines/1/number is an unknown member",
		`{"lines":[{},1]}`:                                "#/lines/1 has the wrong JSON type",
		`{"lines":[{"quantity":9999999999999999999}]}`:    "#/lines/0/quantity: is out of the range of 64-bit integers",
		`{"lines":[{"sku":"a","sku":"b"}]}`:               "an object has the same member twice",
		`{"lines":{}}`:                                    "#/lines has the wrong JSON type",
		`{"lines":"x"}`:                                   "#/lines has the wrong JSON type",
		`{"lines":null}`:                                  "#/lines must not be null: leave it out instead",
		`{"lines":[`:                                      "the body is not valid JSON",
		`{"lines":[{},]}`:                                 "the body is not valid JSON",
		`{"lines":` + listOf("{}", 200) + `,"x":1}`:       "#/x is an unknown member",
		`{"lines":[` + strings.Repeat("{},", 200) + `x]}`: "the body is not valid JSON",
		`{"lines":` + listOf("{}", 200) + `}}`:            "the body is not valid JSON",
	} {
		require.EqualError(t, decodeBody([]byte(body), &command.ReserveStock{}), complaint, body)
	}
}
