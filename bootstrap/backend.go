package bootstrap

import (
	"errors"
	"slices"

	"github.com/sirupsen/logrus"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/guarded"
	"github.com/onhand/onhand/adapters/prometheus"
	"github.com/onhand/onhand/adapters/retrying"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/ports"
)

// storeModule opens the backend and puts before its stores what any technology needs.
var storeModule = fx.Module(
	"store",
	fx.Provide(newBackend, partsOf, newDuties, newSnapshots, newCheckpoints, newDeadLetters, newSubscriptions),
)

// backend is everything that one storage technology provides. Its parts are bare: breakers,
// retries and what only the leader may do are put before them here, once for all technologies.
type backend struct {
	store ports.EventStore
	feed  ports.EventFeed
	// logTime keeps how the log's time follows the machine's clock; nil where it ends with the process.
	logTime ports.LogTimeStore
	// volatile says that everything ends with the process. Snapshots are of no use then.
	volatile    bool
	snapshots   ports.SnapshotStore
	index       ports.QueryIndex // of closed reservations and transfers, of this process alone
	alsoSaved   []snapshot.Saver // what else makes the next start short: saved after each snapshot
	checkpoints ports.CheckpointStore
	// deadLetters and subscriptions open an instance when a term of leadership begins: until
	// then another process may change them. The instance is closed with the term.
	deadLetters   func() (ports.DeadLetterStore, error)
	subscriptions func() (ports.SubscriptionStore, error)
	leases        ports.Leases // nil where no other process can want the same stream
	leader        ports.Leader

	closers []func() error // of the opened parts, in the order of opening
}

// backendParams are what a technology may need beyond its settings.
type backendParams struct {
	fx.In

	Config    Config
	Clock     *ledger.Clock
	Breakers  *breakers
	Bulkheads *bulkheads
	Metrics   *prometheus.Metrics
	Report    ports.Reporter
	Logger    *logrus.Logger
	Stop      fx.Shutdowner
}

// technologies are the functions that open a backend, by the value of EVENT_STORE.
var technologies = map[string]func(backendParams) (*backend, error){jsonStore: openJSON, memoryStore: openMemory}

// newBackend opens the backend that the settings name. It closes after everything that uses it.
func newBackend(p backendParams, lc fx.Lifecycle) (*backend, error) {
	b, err := technologies[p.Config.EventStore](p)
	if err != nil {
		return nil, err
	}
	lc.Append(fx.StopHook(b.close))
	return b, nil
}

// close closes the opened parts, the last first.
func (b *backend) close() error {
	var failures []error
	for _, closer := range slices.Backward(b.closers) {
		failures = append(failures, closer())
	}
	b.closers = nil
	return errors.Join(failures...)
}

// partsOf names the parts of the backend that others use as they are.
func partsOf(b *backend) (ports.EventStore, ports.EventFeed, ports.Leases, ports.Leader) {
	return b.store, b.feed, b.leases, b.leader
}

// newSnapshots keeps snapshots of the state, which only the leader saves.
func newSnapshots(c Config, b *backend, duties *leadership.Duties) ports.SnapshotStore {
	return leadership.Snapshots(retrying.Snapshots(b.snapshots, retries(c)), duties)
}

// newCheckpoints keeps checkpoints of projections, which only the leader saves. What the
// breaker refuses is not tried again.
func newCheckpoints(c Config, b *backend, duties *leadership.Duties, circuits *breakers) ports.CheckpointStore {
	saved := retrying.Checkpoints(guarded.Checkpoints(b.checkpoints, circuits.sync), retries(c))
	return leadership.Checkpoints(saved, duties)
}

func newDeadLetters(b *backend, duties *leadership.Duties, circuits *breakers, lc fx.Lifecycle) ports.DeadLetterStore {
	store := leadership.DeadLetters(duties, func() (ports.DeadLetterStore, error) {
		letters, err := b.deadLetters()
		if err != nil {
			return nil, err
		}
		return guarded.DeadLetters(letters, circuits.sync), nil
	})
	lc.Append(fx.StopHook(store.Close))
	return store
}

func newSubscriptions(b *backend, duties *leadership.Duties, lc fx.Lifecycle) ports.SubscriptionStore {
	store := leadership.Subscriptions(duties, b.subscriptions)
	lc.Append(fx.StopHook(store.Close))
	return store
}

// retries returns how often failed saves are repeated.
func retries(c Config) retrying.Policy {
	return retrying.Policy{Base: ms(c.RetryBaseMS), Times: c.RetryTimes}
}
