package command_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// keyTTL is how long an idempotency key lives.
const keyTTL = time.Minute

// watch is a clock that stands still until it is set.
type watch struct{ micros atomic.Int64 }

func (w *watch) now() time.Time { return noon.Add(time.Duration(w.micros.Load()) * time.Microsecond) }

func (w *watch) set(now time.Time) { w.micros.Store(now.Sub(noon).Microseconds()) }

// read is the watch as a ports.Clock: both clocks advance together.
func (w *watch) read() (time.Time, time.Duration) {
	now := w.now()
	return now, now.Sub(noon)
}

// service is a ledger on a log in memory.
type service struct {
	watch  *watch
	clock  *ledger.Clock
	store  *memory.EventStore
	ledger *ledger.Ledger
	ids    atomic.Int64
}

func newService(t require.TestingT) *service {
	s := &service{watch: &watch{}}
	s.clock = ledger.NewClock(s.watch.read, func(i ports.Incident) { require.Fail(t, i.Message) })
	s.store = memory.NewEventStore(keyTTL, s.clock.Now)
	s.ledger = s.open(t, s.store)
	return s
}

// open folds the log into another ledger.
func (s *service) open(t require.TestingT, store ports.EventStore) *ledger.Ledger {
	l := ledger.New(store, s.store, s.clock, s.newID, ledger.Options{})
	require.NoError(t, l.Open(context.Background()))
	return l
}

func (s *service) newID() string { return fmt.Sprint("id-", s.ids.Add(1)) }

func (s *service) call() command.Call { return command.Call{Actor: "tester", NewID: s.newID} }

func (s *service) log(t require.TestingT) []ports.Recorded {
	var log []ports.Recorded
	for c, err := range s.store.Commits(context.Background(), 0) {
		require.NoError(t, err)
		log = append(log, c)
	}
	return log
}

// audited holds the whole log against the rules.
func (s *service) audited(t require.TestingT) {
	a := audit.New(nil)
	for _, c := range s.log(t) {
		require.NoError(t, a.Check(c))
	}
}

func (s *service) item(t require.TestingT, key stock.Key) stock.Item {
	item, _, err := s.ledger.Item(context.Background(), key)
	require.NoError(t, err)
	return item
}

// handler is a command with its answer.
type handler[R ledger.Result] interface {
	command.Operation
	Handle(context.Context, *ledger.Ledger, command.Call) (command.Outcome[R], error)
}

// must carries out a command that has to succeed.
func must[R ledger.Result](t testing.TB, s *service, h handler[R]) R {
	t.Helper()
	return under(t, s, command.Rules{}, h)
}

// under carries out a command that has to succeed under rules.
func under[R ledger.Result](t testing.TB, s *service, rules command.Rules, h handler[R]) R {
	t.Helper()
	require.NoError(t, h.Validate(rules))
	outcome, err := h.Handle(context.Background(), s.ledger, s.call())
	require.NoError(t, err)
	return outcome.Result
}

func pointer[T any](value T) *T { return &value }

func part(key stock.Key, units int64) stock.Part { return stock.Part{Key: key, Quantity: units} }

// goods are the items of these tests: two SKUs in three stores.
var goods = func() (keys []stock.Key) {
	for _, sku := range []string{"a", "b"} {
		for _, store := range []string{"S1", "S2", "S3"} {
			keys = append(keys, stock.Key{Store: store, SKU: sku})
		}
	}
	return slices.Clip(keys)
}()
