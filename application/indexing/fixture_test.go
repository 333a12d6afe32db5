package indexing_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// moody is an index whose writes may fail or wait.
type moody struct {
	ports.QueryIndex

	mu   sync.Mutex
	mood func(ctx context.Context) error
	puts int
}

func (m *moody) Put(ctx context.Context, entries []ports.ClosedEntry, mark ports.IndexMark) error {
	m.mu.Lock()
	m.puts++
	mood := m.mood
	m.mu.Unlock()
	if mood != nil {
		if err := mood(ctx); err != nil {
			return err
		}
	}
	return m.QueryIndex.Put(ctx, entries, mark)
}

func (m *moody) set(mood func(ctx context.Context) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mood = mood
}

func (m *moody) attempts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.puts
}

// shop is a ledger on a log in memory with an index.
type shop struct {
	*testing.T
	*ledger.Ledger
	store *memory.EventStore
	index *moody
	named atomic.Int64
	told  chan ports.Incident
}

func newShop(t *testing.T) *shop {
	s := &shop{
		T: t, store: memory.NewEventStore(time.Minute, time.Now), told: make(chan ports.Incident, 100),
		index: &moody{QueryIndex: queryindex.InMemory()},
	}
	s.Ledger = s.on(inventory.NewState(s.index))
	s.adjust("S1", 1_000_000)
	return s
}

// on is a ledger that begins with a state.
func (s *shop) on(state *inventory.State) *ledger.Ledger {
	l := s.unopened(state)
	require.NoError(s, l.Open(context.Background()))
	return l
}

func (s *shop) unopened(state *inventory.State) *ledger.Ledger {
	began := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(began) }, s.report)
	return ledger.New(s.store, s.store, clock, s.id, ledger.Options{State: state})
}

func (s *shop) report(i ports.Incident) { s.told <- i }

func (s *shop) id() string { return fmt.Sprintf("id-%06d", s.named.Add(1)) }

func (s *shop) call() command.Call { return command.Call{NewID: s.id} }

func (s *shop) indexer(o indexing.Options) *indexing.Indexer {
	o.Report = s.report
	return indexing.New(s.Inventory(), s.store, o)
}

func (s *shop) adjust(store string, delta int64) {
	_, err := (&command.AdjustStock{Item: stock.Key{Store: store, SKU: "a"}, Delta: delta}).
		Handle(context.Background(), s.Ledger, s.call())
	require.NoError(s, err)
}

// reserve opens a reservation.
func (s *shop) reserve() string {
	outcome, err := (&command.ReserveStock{
		Lines: []stock.Part{{Key: stock.Key{Store: "S1", SKU: "a"}, Quantity: 1}},
	}).Handle(context.Background(), s.Ledger, s.call())
	require.NoError(s, err)
	return outcome.Result.Reservation.ID
}

// commit closes a reservation.
func (s *shop) commit(id string) {
	_, err := (&command.CommitReservation{ID: id, Remainder: reservation.KeepRemainder}).
		Handle(context.Background(), s.Ledger, s.call())
	require.NoError(s, err)
}

// giveBack changes a reservation that is closed.
func (s *shop) giveBack(id string) {
	_, err := (&command.ReturnReservation{ID: id}).Handle(context.Background(), s.Ledger, s.call())
	require.NoError(s, err)
}

// closed opens and closes reservations.
func (s *shop) closed(n int) (ids []string) {
	for range n {
		ids = append(ids, s.reserve())
		s.commit(ids[len(ids)-1])
	}
	return ids
}

// move ships and cancels a transfer.
func (s *shop) move() string {
	outcome, err := (&command.ShipTransfer{From: "S1", To: "S2", Lines: []transfer.Unit{{SKU: "a", Quantity: 1}}}).
		Handle(context.Background(), s.Ledger, s.call())
	require.NoError(s, err)
	id := outcome.Result.ID
	_, err = (&command.CancelTransfer{ID: id}).Handle(context.Background(), s.Ledger, s.call())
	require.NoError(s, err)
	return id
}

// release opens a reservation and releases it.
func (s *shop) release() string {
	id := s.reserve()
	_, err := (&command.ReleaseReservation{ID: id}).Handle(context.Background(), s.Ledger, s.call())
	require.NoError(s, err)
	return id
}

// reopen opens a reservation that was released.
func (s *shop) reopen(id string) {
	_, err := (&command.ReserveStock{ID: id, Lines: []stock.Part{{Key: stock.Key{Store: "S1", SKU: "a"}, Quantity: 1}}}).
		Handle(context.Background(), s.Ledger, s.call())
	require.NoError(s, err)
}
