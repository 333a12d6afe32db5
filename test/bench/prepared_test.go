package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/stock"
)

func TestThePreparedStoresAreAsTheServiceWouldHaveWrittenThem(t *testing.T) {
	p := prepared{dir: t.TempDir(), items: 300, events: 2000}
	many, err := p.many()
	require.NoError(t, err)
	require.Equal(t, "the stores had 300 items and 2,000 events only", p.doubt())
	again, err := p.many()
	require.NoError(t, err)
	require.Equal(t, many, again, "they are written once")
	million, err := p.million()
	require.NoError(t, err)
	for data, want := range map[string]struct {
		sku   string
		units int64
		items int
	}{
		many:    {oldSKU, 400, 301},
		million: {sku(299), 1, 300},
	} {
		s, err := openService(data)
		require.NoError(t, err)
		item, _, err := s.ledger.Item(context.Background(), stock.Key{Store: "S1", SKU: want.sku})
		require.NoError(t, err)
		require.Equal(t, want.units, item.OnHand)
		require.Equal(t, want.items, s.ledger.Inventory().ItemCount())
		require.NoError(t, s.close())
		sizes, err := filesIn(filepath.Join(data, "log"))
		require.NoError(t, err)
		require.NotEmpty(t, sizes)
	}
}
