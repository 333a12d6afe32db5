package ledger_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// handClock is a clock whose two readings a test sets.
type handClock struct {
	wall      time.Time
	monotonic time.Duration
	told      []string
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newHandClock() (*handClock, *ledger.Clock) {
	h := &handClock{wall: noon}
	read := func() (time.Time, time.Duration) { return h.wall, h.monotonic }
	return h, ledger.NewClock(read, func(i ports.Incident) { h.told = append(h.told, i.Message) })
}

// pass lets time pass on both clocks.
func (h *handClock) pass(d time.Duration) {
	h.wall, h.monotonic = h.wall.Add(d), h.monotonic+d
}

func TestClock(t *testing.T) {
	t.Run("gives whole microseconds of UTC and never runs backwards", func(t *testing.T) {
		h, c := newHandClock()
		h.pass(1234567)
		require.Equal(t, noon.Add(1234*time.Microsecond), c.Now())
		h.wall = h.wall.Add(-30 * time.Second) // a small step back
		require.Equal(t, noon.Add(1234*time.Microsecond), c.Now())
		require.Equal(t, noon.Add(1234*time.Microsecond), c.Last())
		h.pass(31 * time.Second)
		require.Equal(t, noon.Add(time.Second).Add(1234*time.Microsecond), c.Now())
	})
	for name, jump := range map[string]time.Duration{"forwards": time.Hour, "backwards": -time.Hour} {
		t.Run("follows the monotonic clock when the wall clock jumps "+name, func(t *testing.T) {
			h, c := newHandClock()
			h.pass(time.Second)
			h.wall = h.wall.Add(jump)
			require.Equal(t, noon.Add(time.Second), c.Now())
			h.pass(time.Second)
			require.Equal(t, noon.Add(2*time.Second), c.Now())
			require.Len(t, h.told, 1, "told once")
			h.wall = h.wall.Add(-jump)
			require.Equal(t, noon.Add(2*time.Second), c.Now())
			require.Len(t, h.told, 2)
		})
	}
	t.Run("continues after a minute though the wall clock stands still", func(t *testing.T) {
		h, c := newHandClock()
		h.monotonic += time.Minute
		require.Equal(t, noon, c.Now())
		require.Empty(t, h.told)
		h.monotonic += time.Second
		require.Equal(t, noon.Add(61*time.Second), c.Now())
		h.monotonic += time.Hour
		require.Equal(t, noon.Add(time.Hour+61*time.Second), c.Now())
		require.Len(t, h.told, 1)
	})
	t.Run("is never earlier than the floor of an earlier run", func(t *testing.T) {
		h, c := newHandClock()
		c.Raise(noon.Add(10 * time.Second))
		require.Equal(t, noon.Add(10*time.Second), c.Now())
		h.pass(5 * time.Second)
		require.Equal(t, noon.Add(10*time.Second), c.Now())
		h.pass(6 * time.Second)
		require.Equal(t, noon.Add(11*time.Second), c.Now())
	})
	t.Run("runs on from a floor that lies far ahead instead of standing still", func(t *testing.T) {
		h, c := newHandClock()
		c.Raise(noon.Add(24 * time.Hour))
		h.pass(5 * time.Second)
		require.Equal(t, noon.Add(24*time.Hour+5*time.Second), c.Now())
	})
	t.Run("is not held up by a floor that it is told of again and again", func(t *testing.T) {
		h, c := newHandClock()
		for n := range 5 {
			c.Raise(noon.Add(24 * time.Hour))
			require.Equal(t, noon.Add(24*time.Hour+time.Duration(n)*time.Minute), c.Now())
			h.pass(time.Minute)
		}
	})
}

func TestPositions(t *testing.T) {
	t.Run("a read reflects no more than what is shown without a gap", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.store.setShut(true)
			first := f.start(adjust(1, a)) // waits at the store
			f.store.setShut(false)
			f.must(adjust(1, b)) // position 1, shown
			item, position, err := f.Item(context.Background(), b)
			require.NoError(t, err)
			require.Equal(t, int64(1), item.OnHand)
			require.Equal(t, event.Position(1), position)
			f.store.open()
			<-first.done
			require.NoError(t, f.WaitFor(context.Background(), 2))
		})
	})
	t.Run("a wait ends when the position is reached, or in time", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			require.ErrorIs(t, f.WaitFor(ctx, 1), ledger.ErrBehind)
			waited := make(chan error)
			go func() { waited <- f.WaitFor(context.Background(), 1) }()
			f.must(adjust(1, a))
			require.NoError(t, <-waited)
		})
	})
}

func TestOpening(t *testing.T) {
	t.Run("folds what the log holds, and continues from there", func(t *testing.T) {
		inBubble(t, func(f *fixture) {
			f.must(adjust(5, a, b))
			f.must(adjust(-2, b))
			again := f.ledgerOn(f.store)
			item, position, err := again.Item(context.Background(), b)
			require.NoError(t, err)
			require.Equal(t, int64(3), item.OnHand)
			require.Equal(t, event.Version(2), item.Version)
			require.Equal(t, event.Position(2), position)
			require.Equal(t, "1", f.startOn(again, adjust(-2, b)).result())
			require.NoError(t, again.Close(context.Background()))
		})
	})
	for name, e := range map[string]ports.Event{
		"a stream":    {Stream: "unheard/of", Version: 1, Type: "stock.adjusted.v1", Data: []byte(`{}`)},
		"an event":    {Stream: "stock/S1/a", Version: 1, Type: "stock.unheard-of.v9", Data: []byte(`{}`)},
		"a data type": {Stream: "stock/S1/a", Version: 1, Type: "stock.adjusted.v1", Data: []byte(`{"delta":"x"}`)},
	} {
		t.Run("refuses "+name+" that it does not know", func(t *testing.T) {
			inBubble(t, func(f *fixture) {
				results, err := f.store.EventStore.Append(context.Background(), []ports.Commit{{Events: []ports.Event{e}}})
				require.NoError(t, errors.Join(err, results[0].Err))
				clock := ledger.NewClock(bubbleClock(), func(ports.Incident) {})
				require.Error(t, ledger.New(f.store, f.store, clock, nil, ledger.Options{}).Open(context.Background()))
			})
		})
	}
}

// lacking is a log that lost a commit.
type lacking struct {
	ports.EventFeed
	position event.Position
	hides    bool // the positions after it are counted on without it
}

func (l lacking) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		for c, err := range l.EventFeed.Commits(ctx, after) {
			missing := c.Position == l.position
			if l.hides && c.Position > l.position {
				c.Position--
			}
			if !missing && !yield(c, err) {
				return
			}
		}
	}
}

func TestAHistoryWithAGapIsRefused(t *testing.T) {
	inBubble(t, func(f *fixture) {
		seconds := int64(ttl)
		f.must(adjust(5, a)) // commit 1
		f.must(adjust(1, a))
		f.must(adjust(1, a))
		f.held("r", 1, a) // commit 4
		for range 2 {
			_, err := (&command.ExtendReservation{
				ID: "r", TTLSeconds: &seconds,
			}).Handle(context.Background(), f.Ledger, f.call())
			require.NoError(t, err)
		}
		for missing, gap := range map[lacking]string{
			{position: 2, hides: true}: "follows version 1",
			{position: 5, hides: true}: "follows version 1",
			{position: 2}:              "position 3 does not follow 1",
			{position: 6}:              "", // the last one is not missed
		} {
			missing.EventFeed = f.store
			clock := ledger.NewClock(bubbleClock(), func(ports.Incident) {})
			err := ledger.New(f.store, missing, clock, nil, ledger.Options{}).Open(context.Background())
			if gap == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, gap)
			}
		}
	})
}
