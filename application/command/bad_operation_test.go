package command_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// unreadable is an operation of which a batch got only the text.
func unreadable(text string) command.Operation {
	return &command.UnreadableOperation{Text: text, Problem: &command.InvalidError{
		Malformed: true, Faults: []command.Fault{{Pointer: "#/delta", Detail: "must be a whole number"}},
	}}
}

// badOperations are operations between others, and the faults of those that are bad.
func badOperations() (operations []command.Operation, faults [][]command.Fault) {
	operations = []command.Operation{
		&command.AdjustStock{Item: s1a, Delta: 3},
		&command.AdjustStock{Item: s1b, Delta: 0, Reason: "a\nb"},
		&command.ReserveStock{ID: "r", Lines: []stock.Part{part(s1a, 1), {Key: stock.Key{Store: "/", SKU: "a\ufe0f"}}}},
		unreadable(`{"delta":2.5}`),
		&command.ReserveStock{Lines: []stock.Part{part(s1a, stock.MaxQuantity), part(s1a, 1)}},
		&command.AdjustStock{Item: s1a, Delta: 4},
	}
	faults = [][]command.Fault{nil, {
		{Pointer: "#/delta", Detail: "is required and must not be 0"},
		{Pointer: "#/reason", Detail: "must not have control characters"},
	}, {
		{Pointer: "#/lines/1/quantity", Detail: "is required and must be 1 or more"},
		{
			Pointer: "#/lines/1/sku",
			Detail:  "must not have the character U+FE0F there: it is invisible, or no part of a name",
		},
		{Pointer: "#/lines/1/store", Detail: "must be of A-Z a-z 0-9 . _ - and begin with a letter or digit"},
	}, {
		{Pointer: "#/delta", Detail: "must be a whole number"},
	}, {
		{Pointer: "#/lines", Detail: (&stock.QuantityError{Field: "lines", Limit: stock.MaxQuantity}).Error()},
	}, nil}
	return operations, faults
}

func TestAnIndependentBatchDoesWhatIsValid(t *testing.T) {
	// given a batch with bad operations of all kinds between good ones
	s := newService(t)
	operations, faults := badOperations()
	call := s.call()
	call.IdempotencyKey = "key"
	send := func(operations ...command.Operation) (command.Outcome[command.BatchResult], error) {
		batch := &command.Batch{Operations: operations}
		require.NoError(t, batch.Validate(command.Rules{}))
		return batch.Handle(t.Context(), s.ledger, call)
	}

	// when it is carried out, then the good ones are done, and each bad one has all its faults
	first, err := send(operations...)
	require.NoError(t, err)
	for i, r := range first.Result.Results {
		require.Equal(t, i, r.Index)
		if faults[i] == nil {
			require.NotNil(t, r.Item, "operation %d", i)
			continue
		}
		require.Equal(t, &command.InvalidError{Faults: faults[i], Malformed: i == 3}, r.Refusal)
	}
	require.EqualValues(t, 7, s.item(t, s1a).OnHand)
	require.False(t, s.item(t, s1b).Exists())

	// and a repetition gets the same answer, and another content none
	operations, _ = badOperations()
	again, err := send(operations...)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, string(first.Result.AppendJSON(nil)), string(again.Result.AppendJSON(nil)))
	for i, r := range again.Result.Results {
		require.Equal(t, first.Result.Results[i].Refusal, r.Refusal)
		require.Equal(t, i, r.Index)
	}
	for i, other := range map[int]command.Operation{
		1: &command.AdjustStock{Item: s1b, Delta: 0, Reason: "a\nc"}, 3: unreadable(`{"delta":3.5}`),
	} {
		operations, _ = badOperations()
		operations[i] = other
		_, err = send(operations...)
		require.ErrorIs(t, err, ledger.ErrKeyReused)
	}
	require.EqualValues(t, 7, s.item(t, s1a).OnHand)
	s.audited(t)
}

func TestTheRefusalsOfBadOperationsTakeNoSpaceInTheLog(t *testing.T) {
	s := newService(t)
	call := s.call()
	call.IdempotencyKey = "key"
	send := func(rules command.Rules) command.BatchResult {
		batch := &command.Batch{}
		for range 1000 {
			batch.Operations = append(batch.Operations, &command.ExtendReservation{ID: "r", TTLSeconds: pointer[int64](61)})
		}
		require.NoError(t, batch.Validate(rules))
		outcome, err := batch.Handle(t.Context(), s.ledger, call)
		require.NoError(t, err)
		return outcome.Result
	}
	require.ErrorContains(t, send(aMinute).Results[999].Refusal, "must be no greater than 60")
	require.Less(t, len(s.log(t)[0].Result), 50)

	// and a repetition is refused alike, even if the maximum is another by then
	require.ErrorContains(t, send(aMinute).Results[999].Refusal, "must be no greater than 60")
	require.ErrorContains(t, send(command.Rules{}).Results[999].Refusal, "by the rules at the time of the first request")
}

func TestABatchOfBadOperationsOnlyIsAnswered(t *testing.T) {
	for _, key := range []string{"", "key"} {
		s := newService(t)
		for round := range 2 {
			batch := &command.Batch{Operations: []command.Operation{unreadable("5"), &command.AdjustStock{Item: s1a}}}
			require.NoError(t, batch.Validate(command.Rules{}))
			call := s.call()
			call.IdempotencyKey = key
			outcome, err := batch.Handle(t.Context(), s.ledger, call)
			require.NoError(t, err)
			require.Equal(t, key != "" && round > 0, outcome.Replayed)
			for _, r := range outcome.Result.Results {
				_, invalid := errors.AsType[*command.InvalidError](r.Refusal)
				require.True(t, invalid)
			}
		}
		s.audited(t)
	}
}

func TestAnAtomicBatchTellsEveryFaultAtOnce(t *testing.T) {
	operations, faults := badOperations()
	invalid := command.AsInvalid((&command.Batch{Atomic: true, Operations: operations}).Validate(command.Rules{}))
	var want []command.Fault
	for i, list := range faults {
		for _, f := range list {
			want = append(want, command.Fault{Pointer: fmt.Sprintf("#/operations/%d%s", i, f.Pointer[1:]), Detail: f.Detail})
		}
	}
	require.Equal(t, &command.InvalidError{Faults: want, Malformed: true}, invalid)
	require.EqualError(t, invalid, "#/operations/1/delta is required and must not be 0; 6 more in errors")
	require.Nil(t, command.AsInvalid(errors.New("a fault of the program")))
}

func TestCommandsTakeTheNamesThatTheLogHas(t *testing.T) {
	// given an item that an older version created
	old := stock.Key{Store: "S1", SKU: "a\ufe0f"}
	s := newService(t)
	must(t, s, &command.AdjustStock{Item: old, Delta: 9})
	rules := command.Rules{Names: s.ledger.Names()}

	// then every command that names it works
	lines := []stock.Part{part(old, 1)}
	under(t, s, rules, &command.ReserveStock{ID: "r", Lines: []stock.Part{part(old, 3)}})
	under(t, s, rules, &command.CommitReservation{ID: "r", Lines: lines})
	under(t, s, rules, &command.ReleaseReservation{ID: "r", Lines: lines})
	under(t, s, rules, &command.ReturnReservation{ID: "r", Lines: lines})
	units := []transfer.Unit{{SKU: old.SKU, Quantity: 2}}
	sent := under(t, s, rules, &command.ShipTransfer{From: "S1", To: "S2", Lines: units})
	under(t, s, rules, &command.ReceiveTransfer{ID: sent.ID, Lines: []transfer.Arrival{{SKU: old.SKU, Good: 1}}})
	require.EqualValues(t, 7, s.item(t, old).OnHand)

	// and no other item gets such a name
	other := &command.ReserveStock{Lines: []stock.Part{part(stock.Key{Store: "S1", SKU: "b\ufe0f"}, 1)}}
	require.ErrorContains(t, other.Validate(rules), "U+FE0F")
	s.audited(t)

	// and the same is true after a start
	restarted := s.open(t, s.store)
	require.True(t, restarted.Names()(old.SKU))
	require.False(t, restarted.Names()("b\ufe0f"))
}
