package endtoend_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// TestNoMoreReservationsAreGrantedThanThereAreUnits makes the two trials of README's comparison:
// many clients reserve one unit each at the same time.
func TestNoMoreReservationsAreGrantedThanThereAreUnits(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	for _, trial := range []struct{ reservations, units int }{{20, 10}, {200, 50}} {
		item := fmt.Sprintf("/v1/stores/S1/items/of-%d", trial.units)
		c.ok(c.adjust(item, fmt.Sprintf(`{"delta":%d}`, trial.units)))
		var granted, refused atomic.Int32
		var all sync.WaitGroup
		start := make(chan struct{})
		for range trial.reservations {
			all.Go(func() {
				<-start
				a := c.do("POST", reservations, fmt.Sprintf(`{"lines":[{"store":"S1","sku":"of-%d","quantity":1}],"ttlSeconds":900}`, trial.units))
				switch {
				case a.Status == 201:
					granted.Add(1)
				case a.code() == "insufficient-stock":
					refused.Add(1)
				}
			})
		}
		close(start)
		all.Wait()
		require.EqualValues(t, trial.units, granted.Load())
		require.EqualValues(t, trial.reservations-trial.units, refused.Load())
		c.shows(item, map[string]int{"onHand": trial.units, "reserved": trial.units, "available": 0})
	}
}
