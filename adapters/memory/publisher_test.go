package memory_test

import (
	"testing"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

func TestPublisherContract(t *testing.T) {
	publishertest.Run(t, func(*testing.T) publishertest.Receiver {
		kept := &memory.Publisher{}
		return publishertest.Receiver{
			Open:  func(*testing.T) ports.Publisher { return kept },
			Taken: func(*testing.T) [][]byte { return kept.Taken() },
			Refuse: func(refuse bool) {
				kept.Fail(nil)
				if refuse {
					kept.Fail(&ports.DeliveryError{Reason: "it does not want to"})
				}
			},
		}
	})
}
