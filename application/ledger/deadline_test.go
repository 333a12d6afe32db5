package ledger_test

import (
	"context"
	"errors"
	"fmt"
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

// ttl is how long the holds of these tests live, in seconds.
const ttl = 10

var untilDeadline = ttl * time.Second

// later runs a command in the background, until all goroutines wait.
type later[R ledger.Result] struct {
	done    chan struct{}
	outcome command.Outcome[R]
	err     error
}

func (f *fixture) call() command.Call {
	return command.Call{NewID: func() string { return "made" }}
}

func begin[R ledger.Result](
	f *fixture, handle func(context.Context, *ledger.Ledger, command.Call) (command.Outcome[R], error),
) *later[R] {
	l := &later[R]{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		l.outcome, l.err = handle(context.Background(), f.Ledger, f.call())
	}()
	synctest.Wait()
	return l
}

func (l *later[R]) finished() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

func reserve(id string, units int64, keys ...stock.Key) *command.ReserveStock {
	seconds := int64(ttl)
	cmd := &command.ReserveStock{ID: id, TTLSeconds: &seconds, Owner: "anna"}
	for _, key := range keys {
		cmd.Lines = append(cmd.Lines, stock.Part{Key: key, Quantity: units})
	}
	return cmd
}

// held makes a hold of some units that expires ttl seconds from now.
func (f *fixture) held(id string, units int64, keys ...stock.Key) {
	f.Helper()
	_, err := reserve(id, units, keys...).Handle(context.Background(), f.Ledger, f.call())
	require.NoError(f, err)
}

func (f *fixture) item(key stock.Key) stock.Item {
	f.Helper()
	item, _, err := f.Item(context.Background(), key)
	require.NoError(f, err)
	return item
}

func expired(err error) bool {
	_, ok := errors.AsType[*reservation.ExpiredError](err)
	return ok
}

func TestADeadlineIsExact(t *testing.T) {
	t.Run("the units are for others in the very next read and decision", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(adjust(5, a))
			f.held("r", 5, a)
			time.Sleep(untilDeadline - time.Microsecond)
			require.Zero(t, f.item(a).Available())
			_, err := reserve("s", 1, a).Handle(context.Background(), f.Ledger, f.call())
			require.True(t, insufficient(err))
			time.Sleep(time.Microsecond)
			before := f.item(a)
			require.Equal(t, int64(5), before.Available())
			require.EqualValues(t, 3, before.Version, "the expiry counts although no commit says so")
			require.Len(t, f.store.arrived(), 2, "a read writes nothing")
			_, err = (&command.CommitReservation{ID: "r"}).Handle(context.Background(), f.Ledger, f.call())
			require.True(t, expired(err), "%v", err)
			require.Len(t, f.store.arrived(), 2, "nor does a refusal")
			f.held("s", 5, a)
			require.EqualValues(t, 4, f.item(a).Version)
		})
	})
	t.Run("a commit that is decided before and sealed after is decided again", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(adjust(5, a))
			f.held("r", 5, a)
			time.Sleep(untilDeadline - time.Second)
			f.store.setShut(true)
			commit := begin(f, (&command.CommitReservation{ID: "r"}).Handle)
			time.Sleep(2 * time.Second)
			require.False(t, commit.finished())
			f.store.open()
			<-commit.done
			require.True(t, expired(commit.err), "%v", commit.err)
			require.Equal(t, int64(5), f.item(a).Available())
			require.Equal(t, int64(5), f.item(a).OnHand)
		})
	})
	t.Run("of the deadlines that a command relies on, the first one counts", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(adjust(10, a))
			f.held("r", 5, a)
			time.Sleep(time.Second)
			f.held("later", 5, a)
			time.Sleep(untilDeadline - 2*time.Second)
			f.store.setShut(true)
			both := begin(f, (&command.Batch{Atomic: true, Operations: []command.Operation{
				&command.CommitReservation{ID: "r"}, &command.CommitReservation{ID: "later"},
			}}).Handle)
			time.Sleep(time.Second)
			f.store.open()
			<-both.done
			refused := &command.BatchRefusedError{}
			require.ErrorAs(t, both.err, &refused)
			require.Equal(t, int64(10), f.item(a).OnHand, "neither left")
		})
	})
	t.Run("so is an extension, a release and a replacement", func(t *testing.T) {
		seconds := int64(100)
		for name, c := range map[string]struct {
			handle func(context.Context, *ledger.Ledger, command.Call) (command.Outcome[command.ReservationResult], error)
			refuse string
		}{
			"extend":  {(&command.ExtendReservation{ID: "r", TTLSeconds: &seconds}).Handle, "the reservation expired at"},
			"release": {(&command.ReleaseReservation{ID: "r"}).Handle, "the reservation is expired"},
			"replace": {reserve("r", 6, a).Handle, ""}, // a new one then, because nothing was committed
		} {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(f *fixture) {
					f.must(adjust(6, a))
					f.held("r", 5, a)
					time.Sleep(untilDeadline - time.Second)
					f.store.setShut(true)
					late := begin(f, c.handle)
					time.Sleep(2 * time.Second)
					f.store.open()
					<-late.done
					if c.refuse != "" {
						require.ErrorContains(t, late.err, c.refuse)
						require.Equal(t, int64(6), f.item(a).Available())
						return
					}
					require.NoError(t, late.err)
					require.True(t, late.outcome.Result.Created)
					require.Zero(t, f.item(a).Available())
				})
			})
		}
	})
	t.Run("a read that would count a hold as expired waits for decisions under way", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(adjust(5, a))
			f.held("r", 5, a)
			time.Sleep(untilDeadline - time.Second)
			f.store.after = true
			f.store.setShut(true)
			seconds := int64(100)
			extend := begin(f, (&command.ExtendReservation{ID: "r", TTLSeconds: &seconds}).Handle)
			time.Sleep(500 * time.Millisecond)
			require.Zero(t, f.item(a).Available(), "nothing is overdue yet: no wait")
			time.Sleep(time.Second)
			read := make(chan stock.Item)
			go func() { read <- f.item(a) }()
			synctest.Wait()
			select {
			case <-read:
				t.Fatal("it did not wait")
			default:
			}
			left, leave := context.WithTimeout(context.Background(), time.Second)
			defer leave()
			_, _, err := f.Item(left, a)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			_, _, err = f.Reservation(left, "r")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			f.store.open()
			<-extend.done
			require.NoError(t, extend.err)
			item := <-read
			require.Equal(t, int64(5), item.Reserved, "the hold was extended in time")
			require.EqualValues(t, 2, item.Version, "an extension is an event of the reservation only")
		})
	})
	t.Run("also for a process that starts after it", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(adjust(5, a))
			f.held("r", 5, a)
			time.Sleep(untilDeadline)
			again := f.ledgerOn(f.store)
			item, _, err := again.Item(context.Background(), a)
			require.NoError(t, err)
			require.Equal(t, int64(5), item.Available())
			_, err = (&command.CommitReservation{ID: "r"}).Handle(context.Background(), again, f.call())
			require.True(t, expired(err), "%v", err)
		})
	})
}

func TestAWrongClockNeitherExpiresNorFreezesHolds(t *testing.T) {
	wall, monotonic := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), time.Duration(0)
	pass := func(d time.Duration) { wall, monotonic = wall.Add(d), monotonic+d }
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return wall, monotonic }, func(ports.Incident) {})
	store := memory.NewEventStore(time.Minute, clock.Now)
	n := 0
	l := ledger.New(store, store, clock, func() string { n++; return fmt.Sprint("id-", n) }, ledger.Options{})
	call := command.Call{NewID: func() string { return "made" }}
	available := func() int64 {
		item, _, err := l.Item(t.Context(), a)
		require.NoError(t, err)
		return item.Available()
	}
	_, err := l.Execute(t.Context(), adjust(5, a))
	require.NoError(t, err)
	_, err = reserve("r", 5, a).Handle(t.Context(), l, call)
	require.NoError(t, err)

	wall = wall.Add(24 * time.Hour)
	require.Zero(t, available(), "a clock that jumps ahead expires nothing")
	pass(untilDeadline - time.Second)
	require.Zero(t, available())
	pass(time.Second)
	require.Equal(t, int64(5), available(), "time passes all the same")

	_, err = reserve("s", 5, a).Handle(t.Context(), l, call)
	require.NoError(t, err)
	wall = wall.Add(-48 * time.Hour)
	pass(untilDeadline)
	require.Equal(t, int64(5), available(), "and a clock that jumps back freezes nothing")
	wall = wall.Add(24 * time.Hour)
	require.Equal(t, int64(5), available(), "what has expired stays expired")

	_, err = reserve("t", 5, a).Handle(t.Context(), l, call)
	require.NoError(t, err)
	monotonic += untilDeadline + time.Minute // the wall clock stands still
	require.Equal(t, int64(5), available(), "nor does a clock that stands still, for longer than a minute")
	require.GreaterOrEqual(t, store.Head().Position, event.Position(3))
}
