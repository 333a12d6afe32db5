package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// hold makes holds of one unit on an item.
func (s *shop) hold(item stock.Key, holds int) {
	call := command.Call{NewID: s.id}
	_, err := (&command.AdjustStock{Item: item, Delta: 10_000}).Handle(context.Background(), s.ledger, call)
	require.NoError(s.t, err)
	for ; holds > 0; holds -= command.MaxOperations {
		batch := &command.Batch{Atomic: true}
		for range min(holds, command.MaxOperations) {
			batch.Operations = append(batch.Operations, &command.ReserveStock{Lines: []stock.Part{{Key: item, Quantity: 1}}})
		}
		_, err := batch.Handle(context.Background(), s.ledger, call)
		require.NoError(s.t, err)
	}
}

// crowds are numbers of holds around those that fill records.
var crowds = []int{0, 1, 999, 1000, 1001, 2000, 2500}

func TestTheHoldsOfACrowdedItemAreInSeveralRecords(t *testing.T) {
	s := newShop(t)
	for i, holds := range crowds {
		s.hold(stock.Key{Store: "S1", SKU: fmt.Sprint("sku-", i)}, holds)
	}
	require.NoError(t, s.snapshotter(snapshot.Options{}).Take(context.Background(), nil))
	var counts []int
	for _, record := range s.all(s.ledger) {
		if !strings.HasPrefix(record, `{"reservation":`) {
			counts = append(counts, strings.Count(record, `{"reservation":`))
		}
	}
	require.Equal(t, []int{0, 0, 1, 999, 1000, 1000, 1, 1000, 1000, 1000, 1000, 500}, counts, "the first is the beginning")

	restored := s.restored()

	require.Empty(t, s.incidents)
	require.Positive(t, restored.Inventory().BuiltFrom())
	require.Equal(t, s.all(s.folded()), s.all(restored))
	for i, holds := range crowds {
		item := restored.Inventory().Item(stock.Key{Store: "S1", SKU: fmt.Sprint("sku-", i)})
		require.Equal(t, holds, item.HoldCount())
	}
	compared, err := s.compare()
	require.NoError(t, err)
	require.Equal(t, 1, compared)
}

func TestASnapshotThatLacksHoldsIsNotUsed(t *testing.T) {
	s := newShop(t)
	s.hold(stock.Key{Store: "S1", SKU: "a"}, 2500)
	require.NoError(t, s.snapshotter(snapshot.Options{}).Take(context.Background(), nil))
	want := s.all(s.ledger)
	isHolds := func(record []byte) bool { return strings.HasPrefix(string(record), `{"holds":`) }
	for name, spoil := range map[string]func(event.Position, int, []byte) []byte{
		"the last": func(_ event.Position, _ int, record []byte) []byte {
			return map[bool][]byte{!isHolds(record) || strings.Count(string(record), "quantity") == 1000: record}[true]
		},
		"all but the first": func(_ event.Position, _ int, record []byte) []byte {
			return map[bool][]byte{!isHolds(record): record}[true]
		},
		"their item": func(_ event.Position, n int, record []byte) []byte {
			return map[bool][]byte{n != 2: record}[true]
		},
	} {
		var refused []ports.Incident
		state, err := snapshot.Restore(context.Background(), spoilt{SnapshotStore: s.snapshots, spoil: spoil}, nil, s.store,
			func(i ports.Incident) { refused = append(refused, i) })
		require.NoError(t, err)
		require.Len(t, refused, 1, name)
		l := s.newLedger(state)
		require.NoError(t, l.Open(context.Background()))
		require.Equal(t, want, s.all(l), "the log has them")
	}
}
