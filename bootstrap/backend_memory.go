package bootstrap

import (
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/ports"
)

// memoryStore is the value of EVENT_STORE for tests and trials: the log ends with the process.
const memoryStore = "memory"

// openMemory begins an empty log in memory and says so in the service's own log.
func openMemory(p backendParams) (*backend, error) {
	c := p.Config
	p.Logger.Warn("ONHAND_EVENT_STORE is memory: nothing is kept when this process ends")
	store := memory.NewEventStore(ms(c.IdempTTLMS), p.Clock.Now)
	leader := memory.NewLeader()
	index := queryindex.InMemory()
	letters := &memory.DeadLetterStore{Limit: c.MaxDeadLetters}
	subscriptions := &memory.SubscriptionStore{Limit: c.MaxWebhooks}
	return &backend{
		store: store, feed: store, volatile: true,
		snapshots:     &memory.SnapshotStore{},
		index:         index,
		checkpoints:   &memory.CheckpointStore{},
		deadLetters:   func() (ports.DeadLetterStore, error) { return letters.Another(), nil },
		subscriptions: func() (ports.SubscriptionStore, error) { return subscriptions.Another(), nil },
		leader:        leader,
		closers:       []func() error{store.Close, index.Close, leader.Close},
	}, nil
}
