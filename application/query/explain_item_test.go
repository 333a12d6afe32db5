package query

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// overtaken is a store that is written to just before it is read.
type overtaken struct {
	*memory.EventStore
	write func()
}

func (s overtaken) Stream(
	ctx context.Context, id event.StreamID, from event.Version, order ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	s.write()
	return s.EventStore.Stream(ctx, id, from, order)
}

func TestAnswersAreOfOneMoment(t *testing.T) {
	store := memory.NewEventStore(time.Minute, time.Now)
	begin := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(begin) },
		func(ports.Incident) {})
	l := ledger.New(store, store, clock, func() string { return "id" }, ledger.Options{})
	key := stock.Key{Store: "S1", SKU: "A"}
	adjust := func() {
		decide := func(tx *ledger.Tx) (ledger.Result, error) {
			events, err := tx.Item(key).Adjust(1, stock.Note{}, tx.Now())
			tx.Record(key, events)
			return nil, err
		}
		_, err := l.Execute(t.Context(), ledger.Request{Keys: ledger.Keys{Items: []stock.Key{key}}, Decide: decide})
		require.NoError(t, err)
	}
	adjust()
	adjust()
	busy := overtaken{EventStore: store, write: adjust}

	e, err := ExplainItem{Item: key}.Handle(t.Context(), l, busy)
	require.NoError(t, err)
	require.EqualValues(t, 2, e.Item.Version)
	require.Len(t, e.Events, 2)
	require.Equal(t, e.Item.Version, e.Events[0].Version, "the newest event is the one that made the item so")
	sum := int64(0)
	for _, term := range e.Arithmetic[:len(e.Arithmetic)-1] {
		sum += term.Value
	}
	require.Equal(t, Term{Name: "available", Value: sum}, e.Arithmetic[len(e.Arithmetic)-1])

	h, err := ItemHistory{Item: key, Limit: 9}.Handle(t.Context(), l, busy)
	require.NoError(t, err)
	require.Len(t, h.Events, 3, "what the position promises, and no more")
	past, _, err := PastItem{Item: key, Past: Past{AsOf: time.Now().Add(-time.Hour)}}.Handle(t.Context(), l, busy)
	require.ErrorIs(t, err, ErrItemNotFound, "%v", past)
}
