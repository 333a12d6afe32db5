package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/stock"
)

func TestTheStoreOfOpenReservationsHoldsTheirUnits(t *testing.T) {
	for _, items := range []int{1, 10} {
		data := filepath.Join(t.TempDir(), "data")
		require.NoError(t, writeOpen(data, 250, items))
		s, err := openService(data)
		require.NoError(t, err)
		require.Equal(t, 250, s.ledger.Inventory().Reservations().Count())
		item, _, err := s.ledger.Item(context.Background(), stock.Key{Store: "S1", SKU: sku(0)})
		require.NoError(t, err)
		require.Equal(t, 250/items, item.HoldCount())
		require.NoError(t, s.close())
	}
}
