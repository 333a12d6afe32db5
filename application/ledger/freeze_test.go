package ledger

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

func TestAFreezeWaitsForGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Ledger{state: newState(), horizon: newHorizon(), observe: func([]stock.Event) {}}
		show := func(sku string, p event.Position) {
			item := &stock.Item{Key: stock.Key{Store: "S1", SKU: sku}, Levels: stock.Levels{Version: 1}}
			l.show([]slot{{value: item, changed: true}}, nil, p)
		}
		show("second", 2) // the first commit is still on its way to readers
		frozen := make(chan *Image, 1)
		go func() {
			image, err := l.Freeze(context.Background())
			require.NoError(t, err)
			frozen <- image
		}()
		synctest.Wait()
		require.Empty(t, frozen)
		show("first", 1)
		image := <-frozen
		show("third", 3)
		require.Equal(t, event.Position(2), image.Position())
		var skus []string
		for item := range image.Items() {
			skus = append(skus, item.SKU)
		}
		require.Equal(t, []string{"first", "second"}, skus)
		image.Release()
	})
}
