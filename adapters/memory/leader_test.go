package memory_test

import (
	"testing"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/leadertest"
)

func TestLeaderContract(t *testing.T) {
	leadertest.Run(t, func(*testing.T) leadertest.Place {
		first := memory.NewLeader()
		return leadertest.Place{
			Open: func(t *testing.T) ports.Leader {
				process := first.Another()
				t.Cleanup(func() { _ = process.Close() })
				return process
			},
			Die: func(process ports.Leader) { _ = process.Close() },
		}
	})
}
