package indexing_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// lives is a service that stops and starts again, with an index that may be another one then.
type lives struct {
	*rapid.T
	store     *memory.EventStore
	snapshots *memory.SnapshotStore
	index     *moody
	older     []*moody // copies of it
	ledger    *ledger.Ledger
	indexer   *indexing.Indexer
	named     int
	transfers []string
}

var item = stock.Key{Store: "S1", SKU: "a"}

func (l *lives) id() string { l.named++; return fmt.Sprintf("id-%06d", l.named) }

func (l *lives) start() {
	report := func(ports.Incident) {}
	state, err := snapshot.Restore(context.Background(), l.snapshots, l.index, l.store, report)
	require.NoError(l, err)
	l.indexer = indexing.New(state, l.store, indexing.Options{Batch: 2})
	l.ledger = l.open(state, l.indexer.Settle)
}

func (l *lives) open(state *inventory.State, settle func(context.Context) error) *ledger.Ledger {
	began := time.Now()
	clock := ledger.NewClock(
		func() (time.Time, time.Duration) { return time.Now(), time.Since(began) }, func(ports.Incident) {},
	)
	opened := ledger.New(l.store, l.store, clock, l.id, ledger.Options{State: state, Settle: settle})
	require.NoError(l, opened.Open(context.Background()))
	return opened
}

// reservationID draws one of few ids, so that they are used again.
func (l *lives) reservationID(t *rapid.T) string { return rapid.StringMatching(`r[0-5]`).Draw(t, "id") }

// done accepts refusals of the domain.
func (l *lives) done(err error) {
	for _, fault := range []error{ports.ErrUnavailable, ports.ErrOutcomeUnknown, ledger.ErrOverloaded} {
		if errors.Is(err, fault) {
			l.Fatal(err)
		}
	}
}

func (l *lives) call() command.Call { return command.Call{NewID: l.id} }

func (l *lives) reserve(t *rapid.T) {
	_, err := (&command.ReserveStock{
		ID: l.reservationID(t), Lines: []stock.Part{{Key: item, Quantity: 2}},
	}).Handle(context.Background(), l.ledger, l.call())
	l.done(err)
}

func (l *lives) release(t *rapid.T) {
	_, err := (&command.ReleaseReservation{ID: l.reservationID(t)}).Handle(context.Background(), l.ledger, l.call())
	l.done(err)
}

func (l *lives) commit(t *rapid.T) {
	_, err := (&command.CommitReservation{
		ID: l.reservationID(t), Remainder: reservation.ReleaseRemainder,
	}).Handle(context.Background(), l.ledger, l.call())
	l.done(err)
}

func (l *lives) giveBack(t *rapid.T) {
	_, err := (&command.ReturnReservation{
		ID: l.reservationID(t), Lines: []stock.Part{{Key: item, Quantity: 1}},
	}).Handle(context.Background(), l.ledger, l.call())
	l.done(err)
}

func (l *lives) ship(*rapid.T) {
	outcome, err := (&command.ShipTransfer{From: "S1", To: "S2", Lines: []transfer.Unit{{SKU: "a", Quantity: 1}}}).
		Handle(context.Background(), l.ledger, l.call())
	l.done(err)
	l.transfers = append(l.transfers, outcome.Result.ID)
}

func (l *lives) cancel(t *rapid.T) {
	if len(l.transfers) == 0 {
		t.Skip("there is none")
	}
	_, err := (&command.CancelTransfer{ID: rapid.SampledFrom(l.transfers).Draw(t, "transfer")}).
		Handle(context.Background(), l.ledger, l.call())
	l.done(err)
}

// flush writes to the index; some write fails.
func (l *lives) flush(t *rapid.T) {
	fails := rapid.IntRange(0, 3).Draw(t, "fails at")
	writes := 0
	l.index.set(func(context.Context) error {
		if writes++; writes == fails {
			return errDisk
		}
		return nil
	})
	if err := l.indexer.Flush(context.Background()); err != nil {
		require.ErrorIs(l, err, errDisk)
	}
	l.index.set(nil)
}

func (l *lives) save(*rapid.T) {
	s := snapshot.New(l.ledger.Inventory(), l.ledger, l.store, l.snapshots, snapshot.Options{Now: time.Now})
	require.NoError(l, s.Take(context.Background(), nil))
}

func (l *lives) copyIndex(*rapid.T) { l.older = append(l.older, copied(l, l.index)) }

// crash ends a life. The next one has the same index, none, or an older copy.
func (l *lives) crash(t *rapid.T) {
	require.NoError(l, l.ledger.Close(context.Background()))
	switch which := rapid.IntRange(0, 2).Draw(t, "index"); {
	case which == 1:
		l.index = &moody{QueryIndex: queryindex.InMemory()}
	case which == 2 && len(l.older) > 0:
		l.index = copied(l, rapid.SampledFrom(l.older).Draw(t, "copy"))
	}
	l.start()
}

// check compares everything with a fold of the log that needs no index.
func (l *lives) check(*rapid.T) {
	ctx := context.Background()
	want := l.open(inventory.NewState(nil), nil)
	ids := []string{"none"}
	for n := range 6 {
		ids = append(ids, fmt.Sprint("r", n))
	}
	over := map[string]bool{}
	for _, id := range ids {
		expected, _, err := want.Reservation(ctx, id)
		require.NoError(l, err)
		got, _, err := l.ledger.Reservation(ctx, id)
		require.NoError(l, err)
		require.Equal(l, expected, got)
		if expected.Exists() && !expected.Open() {
			over["reservation "+id] = true
		}
	}
	for _, id := range l.transfers {
		expected, _, err := want.Transfer(ctx, id)
		require.NoError(l, err)
		got, _, err := l.ledger.Transfer(ctx, id)
		require.NoError(l, err)
		require.Equal(l, expected, got)
		if !expected.Open() {
			over["transfer "+id] = true
		}
	}
	require.Equal(l, over, l.over(), "what is over is in memory or in the index, and nothing else is")
	state := l.ledger.Inventory()
	require.Equal(l,
		[]int{want.Inventory().Reservations().Count(), want.Inventory().Transfers().Count()},
		[]int{state.Reservations().Count(), state.Transfers().Count()})
}

// over returns the names of what is closed in memory, or in the index and not open in memory.
func (l *lives) over() map[string]bool {
	state := l.ledger.Inventory()
	names := map[string]bool{}
	for _, c := range state.Reservations().Closings(l.ledger.Position()) {
		names["reservation "+c.Entry.ID] = true
	}
	for _, c := range state.Transfers().Closings(l.ledger.Position()) {
		names["transfer "+c.Entry.ID] = true
	}
	for _, e := range all(l, l.index) {
		if state.Reservations().Open(e.ID) == nil && state.Transfers().Open(e.ID) == nil {
			names[string(e.Kind)+" "+e.ID] = true
		}
	}
	return names
}

func TestWhateverHappensEveryEntryIsFoundAsTheLogLeavesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &lives{
			T: t, store: memory.NewEventStore(time.Minute, time.Now), snapshots: &memory.SnapshotStore{},
			index: &moody{QueryIndex: queryindex.InMemory()},
		}
		l.start()
		_, err := (&command.AdjustStock{Item: item, Delta: 1_000_000}).Handle(context.Background(), l.ledger, l.call())
		require.NoError(t, err)
		t.Repeat(map[string]func(*rapid.T){
			"reserve": l.reserve, "release": l.release, "commit": l.commit, "return": l.giveBack,
			"ship": l.ship, "cancel": l.cancel,
			"flush": l.flush, "snapshot": l.save, "copy the index": l.copyIndex, "crash": l.crash,
			"": l.check,
		})
	})
}
