package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// sluggish is a process whose calls take some time, now and then more than its leases last.
type sluggish struct {
	*memory.Process
	mu  sync.Mutex
	rng *rand.Rand
}

func (s *sluggish) dawdle() {
	s.mu.Lock()
	d := time.Duration(s.rng.IntN(8)) * time.Millisecond
	if s.rng.IntN(40) == 0 {
		d = leaseTime + time.Second
	}
	s.mu.Unlock()
	time.Sleep(d)
}

func (s *sluggish) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	s.dawdle()
	fates, err := s.Process.Append(ctx, commits)
	s.dawdle()
	return fates, err
}

func (s *sluggish) CatchUp(ctx context.Context) (event.Position, error) {
	s.seldom()
	return s.Process.CatchUp(ctx)
}

func (s *sluggish) CloseTimestamp(ctx context.Context, t time.Time) error {
	s.seldom()
	return s.Process.CloseTimestamp(ctx, t)
}

// seldom dawdles once in ten times.
func (s *sluggish) seldom() {
	s.mu.Lock()
	often := s.rng.IntN(10) > 0
	s.mu.Unlock()
	if !often {
		s.dawdle()
	}
}

// TestLedgersOfSeveralProcessesAgree lets commands of all kinds loose on three ledgers
// whose leases are lost now and then, all by chance.
func TestLedgersOfSeveralProcessesAgree(t *testing.T) {
	first := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("ONHAND_SEED"), 10, 64); err == nil {
		first = given
	}
	rounds := uint64(20)
	if given, err := strconv.ParseUint(os.Getenv("ONHAND_ROUNDS"), 10, 64); err == nil {
		rounds = given
	}
	for seed := first; seed < first+rounds; seed++ {
		t.Run(fmt.Sprintf("ONHAND_SEED=%d", seed), func(t *testing.T) {
			inSeveral(t, func(s *several) { agree(s, seed) })
		})
	}
}

func agree(s *several, seed uint64) {
	const clients, each, items = 9, 25, 4
	var all [3]*ledger.Ledger
	for i := range all {
		all[i] = s.process(func(p *memory.Process) ports.EventStore {
			return &sluggish{Process: p, rng: rand.New(rand.NewPCG(seed, uint64(i)))}
		})
	}
	keys := make([]stock.Key, items)
	for i := range keys {
		keys[i] = stock.Key{Store: "S1", SKU: fmt.Sprint(i)}
		s.must(all[0], adjust(20, keys[i]))
	}
	var mu sync.Mutex
	done := map[string]bool{} // keys of commands that were accepted
	var work sync.WaitGroup
	for client := range clients {
		work.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(100+client)))
			for n := range each {
				key := fmt.Sprintf("%d-%d", client, n)
				run := someCommand(rng, key, keys)
				var twins sync.WaitGroup
				for range 1 + rng.IntN(2) { // the same again, anywhere, has no further effect
					l := all[rng.IntN(len(all))]
					twins.Go(func() {
						err := run(l)
						if err != nil {
							expected(s, key, err)
							return
						}
						mu.Lock()
						defer mu.Unlock()
						done[key] = true
					})
				}
				twins.Wait()
				time.Sleep(time.Duration(rng.IntN(30)) * time.Millisecond)
			}
		})
	}
	work.Wait()
	synctest.Wait()

	carried := map[string]int{}
	for _, c := range s.commits() { // which the auditor checks: versions, sums, oversell
		if c.Key != "" {
			carried[c.Key]++
		}
	}
	for key, n := range carried {
		require.Equal(s, 1, n, "key %s", key)
	}
	for key := range done {
		require.Equal(s, 1, carried[key], "key %s was accepted", key)
	}
	fresh := s.process(nil)
	for i, l := range append(all[:], fresh) {
		require.NoError(s, l.CatchUp(context.Background()))
		require.Equal(s, s.log.Head().Position, l.Position())
		require.Zero(s, l.Waiting())
		for _, key := range keys {
			item, now, _, err := l.ItemWritten(context.Background(), key)
			require.NoError(s, err)
			want, _, _, err := fresh.ItemWritten(context.Background(), key)
			require.NoError(s, err)
			require.Equal(s, want, item, "process %d", i)
			require.GreaterOrEqual(s, item.At(now).OnHand, int64(0))
		}
		require.Equal(s, fresh.Inventory().Reservations().Count(), l.Inventory().Reservations().Count())
	}
	require.NotZero(s, len(done))
}

// someCommand is a command by chance: on some items, or on a reservation.
func someCommand(rng *rand.Rand, key string, keys []stock.Key) func(*ledger.Ledger) error {
	some := make([]stock.Key, 0, 3)
	for _, i := range rng.Perm(len(keys))[:1+rng.IntN(3)] {
		some = append(some, keys[i])
	}
	call := command.Call{IdempotencyKey: key, NewID: newID.NewID}
	id, units, seconds := fmt.Sprint("r", rng.IntN(6)), 1+rng.Int64N(4), 1+rng.Int64N(3)
	switch rng.IntN(6) {
	case 0, 1:
		request := keyed(key, adjust(rng.Int64N(9)-5, some...))
		return func(l *ledger.Ledger) error { return failure(l.Execute(context.Background(), request)) }
	case 2, 3:
		cmd := reserve(id, units, some...)
		cmd.TTLSeconds = &seconds
		return func(l *ledger.Ledger) error {
			mine := *cmd // a command is given its name
			return failure(mine.Handle(context.Background(), l, call))
		}
	case 4:
		cmd := &command.CommitReservation{ID: id}
		return func(l *ledger.Ledger) error { return failure(cmd.Handle(context.Background(), l, call)) }
	default:
		cmd := &command.ReleaseReservation{ID: id}
		return func(l *ledger.Ledger) error { return failure(cmd.Handle(context.Background(), l, call)) }
	}
}

func failure[T any](_ T, err error) error { return err }

// expected holds an error against those that commands may well end with.
func expected(s *several, key string, err error) {
	for _, one := range []error{reservation.ErrNotFound, ledger.ErrOverloaded, ledger.ErrKeyInFlight} {
		if errors.Is(err, one) {
			return
		}
	}
	for _, one := range []any{
		new(*ports.LeaseHeldError), new(*ports.ConflictError), new(*stock.InsufficientError),
		new(*stock.WouldBreakReservationsError), new(*reservation.ExpiredError), new(*reservation.ClosedError),
		new(*reservation.ExceedsError),
	} {
		if errors.As(err, one) {
			return
		}
	}
	s.Errorf("%s: %v", key, err)
}
