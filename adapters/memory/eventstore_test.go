package memory_test

import (
	"testing"
	"time"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports/eventstoretest"
)

func TestContract(t *testing.T) {
	eventstoretest.Run(t, func(*testing.T) eventstoretest.Subject {
		store := memory.NewEventStore(eventstoretest.KeyTTL, time.Now)
		return eventstoretest.Subject{
			Store: store,
			LoseOutcome: func(written, failures int) {
				store.LoseOutcome(memory.LostOutcome{Written: written, Failures: failures})
			},
			Reopen: func() eventstoretest.Store {
				store.Reopen()
				return store
			},
		}
	})
}

func TestAProcessKeepsTheContract(t *testing.T) {
	eventstoretest.Run(t, func(*testing.T) eventstoretest.Subject {
		store := memory.NewEventStore(eventstoretest.KeyTTL, time.Now)
		process := store.Process()
		return eventstoretest.Subject{
			Store: process,
			LoseOutcome: func(written, failures int) {
				process.LoseOutcome(memory.LostOutcome{Written: written, Failures: failures})
			},
			Reopen: func() eventstoretest.Store {
				_ = process.Close()
				process = store.Process()
				return process
			},
			Another: func() (eventstoretest.Store, error) { return store.Process(), nil },
		}
	})
}
