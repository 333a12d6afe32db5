package transfer_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

func TestExistsAndOpen(t *testing.T) {
	require.False(t, transfer.Transfer{ID: "t"}.Exists())
	onItsWay := happened(shipped, received(arrival("A", 5, 0, 0)))
	require.True(t, onItsWay.Exists())
	require.True(t, onItsWay.Open())
	require.False(t, happened(shipped, received(arrival("A", 5, 0, 0), arrival("B", 3, 0, 0))).Open())
}

func TestUnitsOfTheSameSKUAddUp(t *testing.T) {
	sums, err := transfer.Sum([]transfer.Unit{unit("B", 1), unit("A", 2), unit("B", 3)})
	require.NoError(t, err)
	require.Equal(t, []transfer.Unit{unit("B", 4), unit("A", 2)}, sums, "in the order in which they come first")
	_, err = transfer.Sum([]transfer.Unit{unit("A", 1), unit("A", stock.MaxQuantity)})
	require.Equal(t, &stock.QuantityError{Field: "lines", Limit: stock.MaxQuantity}, err)
}

// TestApplyKeepsToItsLines: what an event says of a SKU that is not there
// changes nothing, and a state that was handed out stays as it is.
func TestApplyKeepsToItsLines(t *testing.T) {
	moving := happened(shipped)
	former := moving.State
	moving.Apply(received(arrival("C", 1, 1, 1), arrival("A", 5, 0, 0)))
	moving.Apply(cancelled(unit("C", 1), unit("B", 3)))
	require.Equal(t, []transfer.Line{{SKU: "A", Quantity: 5, Good: 5}, {SKU: "B", Quantity: 3, Cancelled: 3}},
		moving.Lines)
	require.Equal(t, happened(shipped).State, former)

	type unheardOf struct{ transfer.Change }
	require.PanicsWithValue(t, "transfer: Apply does not know transfer_test.unheardOf", func() { moving.Apply(at(noon, unheardOf{})) })
}

func TestIDs(t *testing.T) {
	require.Equal(t, event.StreamID("transfer/truck-7"), transfer.Stream("truck-7"))
	id, ok := transfer.IDOf(transfer.Stream("truck-7"))
	require.True(t, ok)
	require.Equal(t, "truck-7", id)
	for _, other := range []event.StreamID{"", "transfer", "transfer/", "reservation/1", "stock/S1/A"} {
		_, ok := transfer.IDOf(other)
		require.False(t, ok, "%q", other)
	}
}

func TestErrorsTellWhatTheyAreAbout(t *testing.T) {
	for want, err := range map[string]error{
		"the transfer is cancelled: it has no units in transit":  &transfer.ClosedError{Status: transfer.CancelledStatus},
		`6 units of "A" reported, but 5 in transit (1 too many)`: &transfer.ExceedsError{Lines: []transfer.Excess{{SKU: "A", Requested: 6, Pending: 5}}},
		`the report exceeds the transfer on 2 lines: 3 units of "A" reported, but 2 in transit (1 too many); ` +
			`1 unit of "B" reported, but 0 in transit (1 too many)`: &transfer.ExceedsError{
			Lines: []transfer.Excess{{SKU: "A", Requested: 3, Pending: 2}, {SKU: "B", Requested: 1}},
		},
	} {
		require.EqualError(t, err, want)
	}
}

func TestATransferReadsBackFromItsJSON(t *testing.T) {
	full := happened(at(noon, transfer.Shipped{
		From: "S1", To: "S2", Lines: []transfer.Unit{unit(`a "quoted" \ 日本語`, 5), unit("B", 3)}, Reference: "truck 7",
	}), received(arrival("B", 1, 1, 1)))
	plain := happened(at(noon, transfer.Shipped{From: "S1", To: "S2", Lines: []transfer.Unit{unit("A", 5)}}))
	for _, want := range []transfer.Transfer{full, plain} {
		var back transfer.Transfer
		require.NoError(t, json.Unmarshal(want.AppendJSON(nil), &back))
		require.Equal(t, want, back)
		require.True(t, want.Equal(back.State))
	}
	require.JSONEq(t, `{"id":"t","status":"in-transit","from":"S1","to":"S2",
		"lines":[{"sku":"A","quantity":5,"pending":5,"good":0,"damaged":0,"lost":0,"cancelled":0}],
		"version":1,"createdAt":"2026-03-01T12:00:00.123456Z","updatedAt":"2026-03-01T12:00:00.123456Z"}`,
		string(plain.AppendJSON(nil)))
}

func TestStatesAreEqualByAllTheyCarry(t *testing.T) {
	same := happened(shipped).State
	require.True(t, same.Equal(happened(shipped).State))
	for name, change := range map[string]func(*transfer.State){
		"from":      func(s *transfer.State) { s.From = "S3" },
		"to":        func(s *transfer.State) { s.To = "S3" },
		"lines":     func(s *transfer.State) { s.Lines = s.Lines[:1] },
		"reference": func(s *transfer.State) { s.Reference = "" },
		"version":   func(s *transfer.State) { s.Version++ },
		"creation":  func(s *transfer.State) { s.CreatedAt = later },
	} {
		other := same
		change(&other)
		require.False(t, same.Equal(other), name)
	}
}

func TestLinesAreChecked(t *testing.T) {
	require.NoError(t, happened(shipped, received(arrival("A", 2, 1, 1)), cancelled(unit("A", 1))).Check())
	for name, bad := range map[string]transfer.Line{
		"nothing was shipped":             {},
		"less than nothing is pending":    {Quantity: 1, Pending: -1, Good: 2},
		"less than nothing arrived":       {Quantity: 1, Pending: 2, Good: -1},
		"less than nothing was damaged":   {Quantity: 1, Pending: 2, Damaged: -1},
		"less than nothing was lost":      {Quantity: 1, Pending: 2, Lost: -1},
		"less than nothing turned back":   {Quantity: 1, Pending: 2, Cancelled: -1},
		"more became of it than there is": {Quantity: 3, Pending: 2, Good: 1, Lost: 1},
		"a unit is without an account":    {Quantity: 3, Pending: 2},
	} {
		good := transfer.Line{Quantity: 1, Pending: 1}
		state := transfer.State{Lines: []transfer.Line{good, bad}}
		require.ErrorAs(t, state.Check(), new(*stock.InvariantError), name)
	}
}
