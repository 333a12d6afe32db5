package transfer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	later = noon.Add(time.Hour)
)

func unit(sku string, units int64) transfer.Unit { return transfer.Unit{SKU: sku, Quantity: units} }

func arrival(sku string, good, damaged, lost int64) transfer.Arrival {
	return transfer.Arrival{SKU: sku, Good: good, Damaged: damaged, Lost: lost}
}

func at(t time.Time, c transfer.Change) transfer.Event { return transfer.Event{At: t, Change: c} }

func received(list ...transfer.Arrival) transfer.Event {
	return at(noon, transfer.Received{Lines: list})
}

func cancelled(list ...transfer.Unit) transfer.Event {
	return at(noon, transfer.Cancelled{Lines: list})
}

// shipped is the beginning of most histories: 5 of A and 3 of B are on their way.
var shipped = at(noon, transfer.Shipped{
	From: "S1", To: "S2", Lines: []transfer.Unit{unit("A", 5), unit("B", 3)}, Reference: "truck 7",
})

// happened is a transfer with a history.
func happened(history ...transfer.Event) transfer.Transfer {
	t := transfer.Transfer{ID: "t"}
	for _, e := range history {
		t.Apply(e)
	}
	return t
}

// decision is one question to a transfer.
type decision func(transfer.Transfer) ([]transfer.Event, error)

func ship(lines ...transfer.Unit) decision {
	return func(t transfer.Transfer) ([]transfer.Event, error) {
		return t.Ship("S1", "S2", lines, "truck 7", noon)
	}
}

func receive(lines ...transfer.Arrival) decision {
	return func(t transfer.Transfer) ([]transfer.Event, error) { return t.Receive(lines, later) }
}

func cancel(t transfer.Transfer) ([]transfer.Event, error) { return t.Cancel(later) }

// scenario is one sentence: given a history, when a decision, then an event with
// the lines and status after it, or a refusal.
type scenario struct {
	name   string
	given  []transfer.Event
	when   decision
	then   transfer.Event
	lines  []transfer.Line
	status transfer.Status
	refuse error
}

func (s scenario) check(t *testing.T) {
	given := happened(s.given...)
	untouched := given
	untouched.Lines = slices.Clone(given.Lines)
	events, err := s.when(given)
	require.Equal(t, untouched, given, "a decision changes nothing")
	if s.refuse != nil {
		require.Equal(t, s.refuse, err)
		require.NotEmpty(t, err.Error())
		require.Empty(t, events, "a refusal writes nothing")
		return
	}
	require.NoError(t, err)
	require.Len(t, events, 1)
	given.Apply(events[0])
	require.True(t, given.Equal(events[0].After), "an event tells the state after it")
	require.Equal(t, events[0].At, given.UpdatedAt)
	events[0].After = transfer.State{}
	require.Equal(t, s.then, events[0])
	require.Equal(t, s.lines, given.Lines)
	require.Equal(t, s.status, given.Status())
	require.Equal(t, event.Version(len(s.given)+1), given.Version, "versions have no gaps")
}

func TestShip(t *testing.T) {
	existing := func(history ...transfer.Event) []transfer.Event { return append([]transfer.Event{shipped}, history...) }
	for _, s := range []scenario{
		{
			name: "a new id has all its units on their way", when: ship(unit("A", 5), unit("B", 3)), then: shipped,
			lines:  []transfer.Line{{SKU: "A", Quantity: 5, Pending: 5}, {SKU: "B", Quantity: 3, Pending: 3}},
			status: transfer.InTransitStatus,
		},
		{name: "an id that is on its way is taken", given: existing(), when: ship(unit("A", 1)), refuse: &transfer.ClosedError{Status: transfer.InTransitStatus}},
		{
			name: "so is one that arrived", given: existing(received(arrival("A", 5, 0, 0), arrival("B", 0, 0, 3))), when: ship(unit("A", 1)),
			refuse: &transfer.ClosedError{Status: transfer.ReceivedStatus},
		},
		{
			name: "and one that turned back", given: existing(cancelled(unit("A", 5), unit("B", 3))), when: ship(unit("A", 1)),
			refuse: &transfer.ClosedError{Status: transfer.CancelledStatus},
		},
	} {
		t.Run(s.name, s.check)
	}
}

func TestReceive(t *testing.T) {
	outOfBounds := &stock.QuantityError{Field: "lines", Limit: stock.MaxQuantity}
	for _, s := range []scenario{
		{
			name: "all that is pending arrived well if no lines are named", given: []transfer.Event{shipped}, when: receive(),
			then:   at(later, transfer.Received{Lines: []transfer.Arrival{arrival("A", 5, 0, 0), arrival("B", 3, 0, 0)}}),
			lines:  []transfer.Line{{SKU: "A", Quantity: 5, Good: 5}, {SKU: "B", Quantity: 3, Good: 3}},
			status: transfer.ReceivedStatus,
		},
		{
			name: "a part arrives and the rest is on its way", given: []transfer.Event{shipped}, when: receive(arrival("A", 2, 0, 0)),
			then:   at(later, transfer.Received{Lines: []transfer.Arrival{arrival("A", 2, 0, 0)}}),
			lines:  []transfer.Line{{SKU: "A", Quantity: 5, Pending: 3, Good: 2}, {SKU: "B", Quantity: 3, Pending: 3}},
			status: transfer.InTransitStatus,
		},
		{
			name: "the rest of it is what is pending", given: []transfer.Event{shipped, received(arrival("A", 5, 0, 0), arrival("B", 1, 0, 0))}, when: receive(),
			then:   at(later, transfer.Received{Lines: []transfer.Arrival{arrival("B", 2, 0, 0)}}),
			lines:  []transfer.Line{{SKU: "A", Quantity: 5, Good: 5}, {SKU: "B", Quantity: 3, Good: 3}},
			status: transfer.ReceivedStatus,
		},
		{
			name: "units arrive damaged or never", given: []transfer.Event{shipped}, when: receive(arrival("B", 0, 0, 3), arrival("A", 2, 2, 1)),
			then:   at(later, transfer.Received{Lines: []transfer.Arrival{arrival("B", 0, 0, 3), arrival("A", 2, 2, 1)}}),
			lines:  []transfer.Line{{SKU: "A", Quantity: 5, Good: 2, Damaged: 2, Lost: 1}, {SKU: "B", Quantity: 3, Lost: 3}},
			status: transfer.ReceivedStatus,
		},
		{
			name: "lines of the same SKU are summed up", given: []transfer.Event{shipped}, when: receive(arrival("A", 1, 0, 0), arrival("B", 1, 0, 0), arrival("A", 1, 1, 2)),
			then:   at(later, transfer.Received{Lines: []transfer.Arrival{arrival("A", 2, 1, 2), arrival("B", 1, 0, 0)}}),
			lines:  []transfer.Line{{SKU: "A", Quantity: 5, Good: 2, Damaged: 1, Lost: 2}, {SKU: "B", Quantity: 3, Pending: 2, Good: 1}},
			status: transfer.InTransitStatus,
		},
		{
			name: "every line with more than is pending is told", given: []transfer.Event{shipped, received(arrival("B", 1, 0, 0))},
			when:   receive(arrival("C", 1, 0, 0), arrival("A", 5, 0, 0), arrival("B", 1, 1, 1)),
			refuse: &transfer.ExceedsError{Lines: []transfer.Excess{{SKU: "C", Requested: 1}, {SKU: "B", Requested: 3, Pending: 2}}},
		},
		{
			name: "also where only the sum is more", given: []transfer.Event{shipped}, when: receive(arrival("A", 3, 0, 0), arrival("A", 0, 3, 0)),
			refuse: &transfer.ExceedsError{Lines: []transfer.Excess{{SKU: "A", Requested: 6, Pending: 5}}},
		},
		{
			name: "what three times is all there can be is more, and does not overflow", given: []transfer.Event{shipped},
			when:   receive(arrival("A", stock.MaxQuantity, stock.MaxQuantity, stock.MaxQuantity)),
			refuse: &transfer.ExceedsError{Lines: []transfer.Excess{{SKU: "A", Requested: 3 * stock.MaxQuantity, Pending: 5}}},
		},
		{name: "good units have bounds", given: []transfer.Event{shipped}, when: receive(arrival("A", 1, 0, 0), arrival("A", stock.MaxQuantity, 0, 0)), refuse: outOfBounds},
		{name: "damaged ones too", given: []transfer.Event{shipped}, when: receive(arrival("A", 0, 1, 0), arrival("A", 0, stock.MaxQuantity, 0)), refuse: outOfBounds},
		{name: "and lost ones", given: []transfer.Event{shipped}, when: receive(arrival("A", 0, 0, stock.MaxQuantity+1)), refuse: outOfBounds},
		{
			name: "after all of it nothing arrives", given: []transfer.Event{shipped, received(arrival("A", 5, 0, 0), arrival("B", 3, 0, 0))}, when: receive(),
			refuse: &transfer.ClosedError{Status: transfer.ReceivedStatus},
		},
		{
			name: "nor after it turned back", given: []transfer.Event{shipped, cancelled(unit("A", 5), unit("B", 3))}, when: receive(arrival("A", 1, 0, 0)),
			refuse: &transfer.ClosedError{Status: transfer.CancelledStatus},
		},
	} {
		t.Run(s.name, s.check)
	}
}

func TestCancel(t *testing.T) {
	for _, s := range []scenario{
		{
			name: "all that is pending turns back", given: []transfer.Event{shipped}, when: cancel,
			then:   at(later, transfer.Cancelled{Lines: []transfer.Unit{unit("A", 5), unit("B", 3)}}),
			lines:  []transfer.Line{{SKU: "A", Quantity: 5, Cancelled: 5}, {SKU: "B", Quantity: 3, Cancelled: 3}},
			status: transfer.CancelledStatus,
		},
		{
			name: "what arrived stays", given: []transfer.Event{shipped, received(arrival("A", 2, 1, 2), arrival("B", 1, 0, 0))}, when: cancel,
			then:   at(later, transfer.Cancelled{Lines: []transfer.Unit{unit("B", 2)}}),
			lines:  []transfer.Line{{SKU: "A", Quantity: 5, Good: 2, Damaged: 1, Lost: 2}, {SKU: "B", Quantity: 3, Good: 1, Cancelled: 2}},
			status: transfer.CancelledStatus,
		},
		{
			name: "what arrived cannot turn back", given: []transfer.Event{shipped, received(arrival("A", 5, 0, 0), arrival("B", 0, 0, 3))}, when: cancel,
			refuse: &transfer.ClosedError{Status: transfer.ReceivedStatus},
		},
		{
			name: "nor can what did already", given: []transfer.Event{shipped, cancelled(unit("A", 5), unit("B", 3))}, when: cancel,
			refuse: &transfer.ClosedError{Status: transfer.CancelledStatus},
		},
	} {
		t.Run(s.name, s.check)
	}
}
