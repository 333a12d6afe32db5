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
