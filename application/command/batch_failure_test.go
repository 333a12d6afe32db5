package command_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// rulings are the errors of the domain and of this package, and whether a batch
// takes them for the refusal of one operation.
var rulings = map[string]struct {
	err    error
	refuse bool
}{
	"stock.NameError":                   {&stock.NameError{}, false},        // found by Validate
	"event.UnknownTypeError":            {&event.UnknownTypeError{}, false}, // a log from the future
	"stock.InvariantError":              {&stock.InvariantError{}, false},   // a damaged log
	"stock.QuantityError":               {&stock.QuantityError{}, true},
	"stock.InsufficientError":           {&stock.InsufficientError{}, true},
	"stock.WouldBreakReservationsError": {&stock.WouldBreakReservationsError{}, true},
	"stock.CountBelowStatesError":       {&stock.CountBelowStatesError{}, true},
	"reservation.ErrNotFound":           {reservation.ErrNotFound, true},
	"reservation.ExpiredError":          {&reservation.ExpiredError{}, true},
	"reservation.ClosedError":           {&reservation.ClosedError{}, true},
	"reservation.NotOwnerError":         {&reservation.NotOwnerError{}, true},
	"reservation.ExceedsError":          {&reservation.ExceedsError{}, true},
	"transfer.ErrNotFound":              {transfer.ErrNotFound, true},
	"transfer.ClosedError":              {&transfer.ClosedError{}, true},
	"transfer.ExceedsError":             {&transfer.ExceedsError{}, true},
	"command.PreconditionError":         {&command.PreconditionError{}, false},                       // headers are about single commands
	"command.BatchRefusedError":         {&command.BatchRefusedError{}, false},                       // no batch in a batch
	"command.TTLError":                  {&command.TTLError{}, false},                                // found by Validate
	"command.InvalidError":              {&command.InvalidError{Faults: []command.Fault{{}}}, false}, // found by Validate
	"command.VersionConflictError":      {&command.VersionConflictError{}, true},
	"command.ErrDiskReserve":            {command.ErrDiskReserve, false},
	"command.ErrPreconditionRequired":   {command.ErrPreconditionRequired, true},
}

func TestEveryErrorIsARefusalOrEndsTheBatch(t *testing.T) {
	var found, codes []string
	found = exportedErrors(t, ".")
	for _, of := range []string{"event", "stock", "reservation", "transfer"} {
		dir := "../../domain/" + of
		found = append(found, exportedErrors(t, dir)...)
	}
	for _, name := range found {
		require.Contains(t, rulings, name, "say what a batch does with it")
	}
	require.Len(t, rulings, len(found), "some are gone")
	for name, r := range rulings {
		code := command.RefusalCode(fmt.Errorf("wrapped: %w", r.err))
		require.Equal(t, r.refuse, code != "", name)
		if r.refuse {
			codes = append(codes, code)
		}
	}
	require.ElementsMatch(t, command.RefusalCodes(), codes, "one error to a code")
	for _, fault := range []error{ports.ErrUnavailable, &ports.LimitError{}, context.Canceled, &ledger.PanicError{}} {
		require.Empty(t, command.RefusalCode(fault))
	}
}

// exportedErrors lists "package.Name" of sentinels and error types.
func exportedErrors(t *testing.T, dir string) (found []string) {
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+f.Name(), nil, 0)
		require.NoError(t, err)
		for name := range file.Scope.Objects {
			if ast.IsExported(name) && (strings.HasPrefix(name, "Err") || strings.HasSuffix(name, "Error")) {
				found = append(found, file.Name.Name+"."+name)
			}
		}
	}
	return found
}

// fails carries out a batch that must leave no trace, and gives its error.
func fails(t *testing.T, s *service, l *ledger.Ledger, operations ...command.Operation) error {
	position := s.store.Head().Position
	call := s.call()
	call.IdempotencyKey = "failing"
	_, err := (&command.Batch{Operations: operations}).Handle(t.Context(), l, call)
	require.Error(t, err)
	require.Equal(t, position, s.store.Head().Position, "none of it was done")
	require.Empty(t, command.RefusalCode(err))
	return err
}

func TestAPanicFailsTheWholeBatch(t *testing.T) {
	s := newService(t)
	// the count is missing
	err := fails(t, s, s.ledger, &command.AdjustStock{Item: s1a, Delta: 1}, &command.CountStock{Item: s1a})
	_, panicked := errors.AsType[*ledger.PanicError](err)
	require.True(t, panicked, "%v", err)
	require.False(t, s.item(t, s1a).Exists())
	must(t, s, &command.AdjustStock{Item: s1a, Delta: 1})
}

// broken is a store that takes nothing, and does not find out what it took.
type broken struct {
	*memory.EventStore
	err error
}

func (b broken) Append(context.Context, []ports.Commit) ([]ports.Appended, error) { return nil, b.err }

func (b broken) CatchUp(context.Context) (event.Position, error) { return 0, ports.ErrFailed }

func TestAStorageErrorFailsTheWholeBatch(t *testing.T) {
	s, _, _ := stocked(t)
	operations := []command.Operation{&command.AdjustStock{Item: s1a, Delta: 1}, &command.ReleaseReservation{ID: "gone"}}
	for _, fault := range []error{ports.ErrReadOnly, ports.ErrOutcomeUnknown} {
		l := s.open(t, broken{EventStore: s.store, err: fault})
		require.ErrorIs(t, fails(t, s, l, operations...), fault)
		item, _, err := l.Item(t.Context(), s1a)
		require.NoError(t, err)
		require.Equal(t, s.item(t, s1a), item)
	}
	require.NoError(t, s.store.Close()) // a closed reservation cannot be read now
	require.ErrorIs(t, fails(t, s, s.ledger, operations...), ports.ErrUnavailable)
	s.store.Reopen()
	_, err := (&command.Batch{Operations: operations}).Handle(t.Context(), s.ledger, s.call())
	require.NoError(t, err)
	s.audited(t)
}

func TestAFaultOfTheLogFailsTheWholeBatch(t *testing.T) {
	s := newService(t)
	// A reservation that no item knows of.
	events, err := reservation.Reservation{ID: "ghost"}.Place(reservation.Terms{Lines: []stock.Part{part(s1a, 1)}}, noon)
	require.NoError(t, err)
	fates, err := s.store.Append(t.Context(), []ports.Commit{{Time: noon, Events: []ports.Event{{
		Stream: reservation.Stream("ghost"), Version: 1, Type: events[0].Change.Type(), Time: noon, Data: events[0].AppendJSON(nil),
	}}}})
	require.NoError(t, err)
	require.NoError(t, fates[0].Err)
	l := s.open(t, s.store)
	for _, o := range []command.Operation{
		&command.ReleaseReservation{ID: "ghost"},
		&command.CommitReservation{ID: "ghost"},
		&command.ExtendReservation{ID: "ghost", TTLSeconds: pointer[int64](1)},
		&command.ReserveStock{ID: "ghost", Lines: []stock.Part{part(s1a, 1)}},
		&command.ReserveStock{ID: "ghost", Lines: []stock.Part{part(s2a, 1)}},
	} {
		err := fails(t, s, l, &command.AdjustStock{Item: s2a, Delta: 1}, o)
		require.ErrorContains(t, err, "operation 1: item {S1 a} holds nothing for reservation ghost", "%T", o)
	}
}

func TestTheLimitsOfABatch(t *testing.T) {
	adjust := func(delta int64) command.Operation { return &command.AdjustStock{Item: s1a, Delta: delta} }
	list := func(n int, o command.Operation) (all []command.Operation) {
		for range n {
			all = append(all, o)
		}
		return all
	}
	line := &command.ReleaseReservation{ID: "r", Lines: []stock.Part{part(s1a, 1), part(s1b, 1)}}
	for name, c := range map[string]struct {
		operations []command.Operation
		says       string
	}{
		"none":           {nil, "must have 1 to 1000 operations"},
		"the most":       {list(1000, adjust(1)), ""},
		"too many":       {list(1001, adjust(1)), "must have 1 to 1000 operations"},
		"the most lines": {list(500, line), ""},
		"too many lines": {list(501, line), "must have at most 1000 lines in total"},
		"a faulty one":   {[]command.Operation{adjust(1), adjust(0)}, "#/operations/1/delta is required"},
	} {
		err := (&command.Batch{Atomic: true, Operations: c.operations}).Validate(command.Rules{})
		if c.says == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, c.says, name)
		}
	}
}

func TestABatchOfTooManyEventsIsRefusedWhole(t *testing.T) {
	s := newService(t)
	var shelf []stock.Part
	stocking, ending := &command.Batch{}, &command.Batch{Atomic: true}
	for i := range 100 {
		key := stock.Key{Store: "S1", SKU: fmt.Sprint(i)}
		shelf = append(shelf, part(key, 1))
		stocking.Operations = append(stocking.Operations, &command.AdjustStock{Item: key, Delta: 100})
	}
	must(t, s, stocking)
	for range 10 {
		placing := &command.Batch{Atomic: true}
		for range 10 {
			placing.Operations = append(placing.Operations, &command.ReserveStock{Lines: shelf, TTLSeconds: pointer[int64](60)})
		}
		for _, r := range must(t, s, placing).Results {
			ending.Operations = append(ending.Operations, &command.ReleaseReservation{ID: r.Reservation.Reservation.ID})
		}
	}
	require.NoError(t, ending.Validate(command.Rules{}))
	err := fails(t, s, s.ledger, ending.Operations...) // 100 events on reservations, 10,000 on items
	tooLarge, ok := errors.AsType[*ports.TooLargeError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, &ports.TooLargeError{What: "events", Size: 10_100, Limit: memory.MaxCommitEvents}, tooLarge)
	require.EqualValues(t, 100, s.item(t, shelf[0].Key).Reserved)

	s.watch.set(noon.Add(time.Minute)) // 100 holds are overdue on each item, 10,000 in all
	require.NoError(t, s.ledger.Sweep(t.Context()))
	require.Zero(t, s.item(t, shelf[0].Key).Reserved)
	require.Zero(t, s.ledger.Inventory().Reservations().Count())
	s.audited(t)
}
