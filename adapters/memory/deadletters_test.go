package memory_test

import (
	"testing"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/deadletterstoretest"
	"github.com/onhand/onhand/ports/subscriptionstoretest"
)

func TestDeadLetterContract(t *testing.T) {
	deadletterstoretest.Run(t, func(*testing.T) deadletterstoretest.Opener {
		kept := &memory.DeadLetterStore{Limit: deadletterstoretest.Limit}
		return func(*testing.T) ports.DeadLetterStore { return kept }
	})
}

func TestSubscriptionContract(t *testing.T) {
	subscriptionstoretest.Run(t, func(*testing.T) subscriptionstoretest.Opener {
		kept := &memory.SubscriptionStore{Limit: subscriptionstoretest.Limit}
		return func(*testing.T) ports.SubscriptionStore { return kept }
	})
}
