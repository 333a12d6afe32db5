package memory_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/leasestest"
)

func TestLeases(t *testing.T) {
	leasestest.Run(t, func(*testing.T) leasestest.Place {
		var now atomic.Int64
		first := memory.NewLeases(time.Second, func() time.Duration { return time.Duration(now.Load()) })
		return leasestest.Place{
			Open: func(t *testing.T) ports.Leases {
				one := first.Another()
				t.Cleanup(func() { _ = one.Close() })
				return one
			},
			Alive: func(processes ...ports.Leases) {
				for range 3 {
					now.Add(int64(time.Second / 2))
					for _, one := range processes {
						one.(*memory.Leases).Renew()
					}
				}
			},
		}
	})
}
