package memory_test

import (
	"testing"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/deadletterstoretest"
	"github.com/onhand/onhand/ports/subscriptionstoretest"
)

func TestDeadLetterContract(t *testing.T) {
	deadletterstoretest.Run(t, func(*testing.T) deadletterstoretest.Place {
		kept := &memory.DeadLetterStore{Limit: deadletterstoretest.Limit}
		return deadletterstoretest.Place{Open: func(*testing.T) (ports.DeadLetterStore, error) { return kept.Another(), nil }}
	})
}

func TestSubscriptionContract(t *testing.T) {
	subscriptionstoretest.Run(t, func(*testing.T) subscriptionstoretest.Place {
		kept := &memory.SubscriptionStore{Limit: subscriptionstoretest.Limit}
		open := func(*testing.T) (ports.SubscriptionStore, error) { return kept.Another(), nil }
		return subscriptionstoretest.Place{Open: open}
	})
}
