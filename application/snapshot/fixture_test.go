package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// shop is a ledger on a log in memory, and its snapshots.
type shop struct {
	t         *testing.T
	store     *memory.EventStore
	snapshots *memory.SnapshotStore
	ledger    *ledger.Ledger
	named     atomic.Int64

	mu        sync.Mutex
	incidents []ports.Incident
}

func newShop(t *testing.T) *shop {
	s := &shop{t: t, store: memory.NewEventStore(time.Minute, time.Now), snapshots: &memory.SnapshotStore{}}
	s.ledger = s.newLedger(nil)
	require.NoError(t, s.ledger.Open(context.Background()))
	return s
}

func (s *shop) newLedger(state *inventory.State) *ledger.Ledger {
	began := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(began) }, s.report)
	l := ledger.New(s.store, s.store, clock, s.id, ledger.Options{State: state})
	s.t.Cleanup(func() { _ = l.Close(context.Background()) })
	return l
}

func (s *shop) id() string { return fmt.Sprintf("id-%06d", s.named.Add(1)) }

func (s *shop) report(i ports.Incident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incidents = append(s.incidents, i)
}

func (s *shop) snapshotter(opts snapshot.Options) *snapshot.Snapshotter {
	opts.Report, opts.Now = s.report, time.Now
	return snapshot.New(s.ledger.Inventory(), s.ledger, s.store, s.snapshots, opts)
}

// restored is a ledger that began with a snapshot.
func (s *shop) restored() *ledger.Ledger {
	state, err := snapshot.Restore(context.Background(), s.snapshots, nil, s.store, s.report)
	require.NoError(s.t, err)
	l := s.newLedger(state)
	require.NoError(s.t, l.Open(context.Background()))
	return l
}

// all is everything that a ledger knows.
func (s *shop) all(l *ledger.Ledger) []string {
	state, err := l.Inventory().Snapshot(context.Background())
	require.NoError(s.t, err)
	defer state.Release()
	var list []string
	for record, err := range snapshot.Records(state, "") {
		require.NoError(s.t, err)
		list = append(list, string(record))
	}
	return list
}

// folded is a ledger that read the whole log.
func (s *shop) folded() *ledger.Ledger {
	l := s.newLedger(nil)
	require.NoError(s.t, l.Open(context.Background()))
	return l
}

// compare holds all snapshots against the log.
func (s *shop) compare() (int, error) {
	c, err := snapshot.Compare(context.Background(), s.snapshots, nil)
	require.NoError(s.t, err)
	for commit, err := range s.store.Commits(context.Background(), 0) {
		require.NoError(s.t, err)
		if err := c.Next(context.Background(), commit); err != nil {
			return 0, err
		}
	}
	return c.End()
}

func key(rng *rand.Rand) stock.Key {
	return stock.Key{Store: fmt.Sprint("S", rng.IntN(2)), SKU: fmt.Sprint("sku-", rng.IntN(30))}
}

// trades does some random things, and more until the log has a commit.
func (s *shop) trades(rng *rand.Rand, some int) {
	for n := 0; n < some || s.ledger.Position() == 0; n++ {
		s.trade(rng)
	}
}

// trade does something random; refusals are part of it.
func (s *shop) trade(rng *rand.Rand) {
	call := command.Call{NewID: s.id, Actor: "tester"}
	ttl := rng.Int64N(3)
	quantity := 1 + rng.Int64N(3)
	id := fmt.Sprintf("id-%06d", 1+rng.Int64N(s.named.Load()+1))
	ctx := context.Background()
	var err error
	switch rng.IntN(8) {
	case 0, 1:
		_, err = (&command.AdjustStock{Item: key(rng), Delta: quantity * 5}).Handle(ctx, s.ledger, call)
	case 2, 3:
		reserve := &command.ReserveStock{Lines: []stock.Part{
			{Key: key(rng), Quantity: quantity}, {Key: key(rng), Quantity: 1},
		}}
		if ttl > 0 {
			reserve.TTLSeconds = &ttl
		}
		if reserve.Validate(command.Rules{}) == nil {
			_, err = reserve.Handle(ctx, s.ledger, call)
		}
	case 4:
		_, err = (&command.CommitReservation{ID: id, Remainder: reservation.KeepRemainder}).Handle(ctx, s.ledger, call)
	case 5:
		_, err = (&command.ReleaseReservation{ID: id}).Handle(ctx, s.ledger, call)
	case 6:
		ship := &command.ShipTransfer{From: "S0", To: "S1", Lines: []transfer.Unit{{SKU: key(rng).SKU, Quantity: quantity}}}
		_, err = ship.Handle(ctx, s.ledger, call)
	case 7:
		_, err = (&command.CancelTransfer{ID: id}).Handle(ctx, s.ledger, call)
	}
	if errors.Is(err, ports.ErrUnavailable) || errors.Is(err, ports.ErrOutcomeUnknown) {
		s.t.Error(err)
	}
}

// seed is the seed of a random test, printed, or the one that is asked for.
func seed(t *testing.T) uint64 {
	n := rand.Uint64()
	if given, err := strconv.ParseUint(os.Getenv("ONHAND_SEED"), 10, 64); err == nil {
		n = given
	}
	t.Logf("ONHAND_SEED=%d", n)
	return n
}
