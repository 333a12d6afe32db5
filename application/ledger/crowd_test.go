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
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// crowd makes n holds of one unit each on the keys, and lets their deadline come.
func (f *fixture) crowd(n int, keys ...stock.Key) {
	f.Helper()
	for _, key := range keys {
		f.must(adjust(int64(n), key))
	}
	for i := range n {
		f.held(fmt.Sprintf("r-%04d", i), 1, keys...)
	}
	time.Sleep(untilDeadline)
}

// since are the events of the commits after a position, by type.
func (f *fixture) since(p event.Position) (commits int, events map[event.Type]int, most int) {
	events = map[event.Type]int{}
	for c, err := range f.store.Commits(context.Background(), p) {
		require.NoError(f, err)
		commits++
		most = max(most, len(c.Events))
		for _, e := range c.Events {
			events[e.Type]++
		}
	}
	return commits, events, most
}

// sound checks the whole log against the rules of the domain.
func (f *fixture) sound() {
	f.Helper()
	auditor := audit.New(nil)
	for c, err := range f.store.Commits(context.Background(), 0) {
		require.NoError(f, err)
		require.NoError(f, auditor.Check(c))
	}
}

func TestAnOverdueCrowd(t *testing.T) {
	const crowd = 2500
	t.Run("is written in chunks before the commit that builds on it", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.crowd(crowd, a)
			before := f.item(a)
			require.EqualValues(t, 1+2*crowd, before.Version)
			require.Equal(t, int64(crowd), before.Available())
			position := f.Position()

			refused := f.start(adjust(-crowd-1, a))
			require.True(t, insufficient(refused.err))
			f.must(dry(adjust(-1, a)))
			require.Equal(t, position, f.Position(), "refusals and dry runs write nothing")

			f.must(keyed("k", adjust(-1, a)))
			commits, events, most := f.since(position)
			require.Equal(t, 11, commits)
			require.Equal(t, crowd, events[stock.ExpiredV1])
			require.LessOrEqual(t, most, 250)
			require.Equal(t, before.Version+1, f.item(a).Version)
			require.Equal(t, "again \"2499\"", f.start(keyed("k", adjust(-1, a))).result())
			f.sound()
		})
	})
	t.Run("on several items counts together", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.crowd(700, a, b)
			position := f.Position()
			f.must(adjust(1, a, b))
			_, events, most := f.since(position)
			require.Equal(t, 1400, events[stock.ExpiredV1])
			require.LessOrEqual(t, most, 1002)
			f.sound()
		})
	})
	t.Run("that cannot be written ends the command, and only it", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.crowd(crowd, a)
			f.store.setShut(true)
			first := f.start(keyed("k", adjust(-1, a)))
			second := f.start(adjust(-2, a))
			f.store.setShut(false)
			f.store.let <- ports.ErrReadOnly
			require.ErrorIs(t, func() error { <-first.done; return first.err }(), ports.ErrReadOnly)
			require.Equal(t, fmt.Sprint(crowd-2), second.result())
			require.Equal(t, fmt.Sprint(crowd-3), f.start(keyed("k", adjust(-1, a))).result(), "its key is free")
			f.sound()
		})
	})
}

func TestASweep(t *testing.T) {
	t.Run("writes what deadlines did, and changes no number", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.crowd(1500, a, b)
			f.held("live", 1, a)
			itemA, itemB := f.item(a), f.item(b)
			one, _, err := f.Reservation(context.Background(), "r-0007")
			require.NoError(t, err)
			require.Equal(t, reservation.ExpiredStatus, one.Status())
			position := f.Position()
			require.NoError(t, f.Sweep(context.Background()))
			_, events, most := f.since(position)
			require.LessOrEqual(t, most, 1000)
			require.Equal(t, 1500, events[reservation.ExpiredV1])
			require.Equal(t, itemA, f.item(a))
			require.Equal(t, itemB, f.item(b))
			swept, _, err := f.Reservation(context.Background(), "r-0007")
			require.NoError(t, err)
			require.Equal(t, one, swept)
			require.Equal(t, 1, f.Inventory().Reservations().Count())
			f.sound()

			position = f.Position()
			require.NoError(t, f.Sweep(context.Background()))
			require.Equal(t, position, f.Position(), "once")
		})
	})
	t.Run("that cannot write says why and continues the next time", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.crowd(3, a)
			f.store.setShut(true)
			fault := make(chan error)
			go func() { fault <- f.Sweep(context.Background()) }()
			f.store.let <- ports.ErrUnavailable
			require.ErrorIs(t, <-fault, ports.ErrUnavailable)
			f.store.setShut(false)
			require.NoError(t, f.Sweep(context.Background()))
			f.sound()
		})
	})
	t.Run("waits its turn as others do", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.crowd(2500, a)
			f.store.setShut(true)
			swept := make(chan error)
			go func() { swept <- f.Sweep(context.Background()) }()
			synctest.Wait()
			other := f.start(adjust(-1, a))
			f.store.setShut(false)
			f.store.let <- nil
			require.Equal(t, "2499", other.result())
			require.NoError(t, <-swept)
			f.sound()
		})
	})
}

func TestACommandByReservationFollowsItsLines(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.must(adjust(5, a))
		f.must(adjust(5, b))
		f.held("r", 2, a)
		f.store.setShut(true)
		first := f.start(adjust(1, a)) // is first in the queue of a
		replace := begin(f, reserve("r", 3, b).Handle)
		commit := begin(f, (&command.CommitReservation{ID: "r"}).Handle)
		require.False(t, commit.finished())
		f.store.open()
		require.Equal(t, "6", first.result())
		<-replace.done
		require.NoError(t, replace.err)
		<-commit.done
		require.NoError(t, commit.err, "it waits again, in the queue of the new item")
		require.Equal(t, int64(2), f.item(b).OnHand)
		require.Zero(t, f.item(a).Reserved)
		f.sound()
	})
}

func TestCommandsOfManyReservationsOnOneItemAreAppendedTogether(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.must(adjust(10, a))
		f.store.setShut(true)
		first := f.start(adjust(1, a))
		before := len(f.store.arrived())
		var all []*later[command.ReservationResult]
		for i := range 5 {
			all = append(all, begin(f, reserve(fmt.Sprint("r-", i), 1, a).Handle))
		}
		blocked := begin(f, reserve("r-0", 2, a).Handle) // waits for another one of the same reservation
		f.store.open()
		require.Equal(t, "11", first.result())
		for _, l := range append(all, blocked) {
			<-l.done
			require.NoError(t, l.err)
		}
		appends := f.store.arrived()[before:]
		require.Len(t, appends, 2)
		require.Len(t, appends[0], 5, "five reservations, one write")
		require.Equal(t, int64(6), f.item(a).Reserved)
		f.sound()
	})
}

func TestACommandOnMoreThanACommitHoldsTakesNoLanes(t *testing.T) {
	inBubble(t, func(f *fixture) {
		keys := make([]stock.Key, memory.MaxCommitEvents+1)
		for i := range keys {
			keys[i] = stock.Key{Store: "S1", SKU: fmt.Sprint(i)}
		}
		_, err := f.Execute(context.Background(), adjust(1, keys...))
		tooLarge, ok := errors.AsType[*ports.TooLargeError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, "streams", tooLarge.What)
		require.Zero(t, f.Waiting())
	})
}

func TestOpenReservationsAreLimited(t *testing.T) {
	inBubble(t, func(f *fixture) {
		f.Ledger = ledger.New(f.store, f.store, ledger.NewClock(bubbleClock(), func(ports.Incident) {}),
			func() string { return "id" }, ledger.Options{MaxOpen: 2})
		f.must(adjust(10, a))
		f.held("r-1", 1, a)
		f.held("r-2", 1, a)
		limited := begin(f, reserve("r-3", 1, a).Handle)
		limit, ok := errors.AsType[*ports.LimitError](limited.err)
		require.True(t, ok, "%v", limited.err)
		require.Equal(t, 2, limit.Limit)
		f.held("r-1", 2, a) // in place of the first
		_, err := (&command.ReleaseReservation{ID: "r-1"}).Handle(context.Background(), f.Ledger, f.call())
		require.NoError(t, err)
		f.held("r-3", 1, a)
	})
}
