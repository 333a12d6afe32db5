package bootstrap

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/guarded"
	"github.com/onhand/onhand/adapters/ottercache"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// syncModule is what follows the log inside the service.
var syncModule = fx.Module("sync", fx.Provide(newDependencies, newProjections, newCache, newCentralView, newRunners))

type dependencyParams struct {
	fx.In

	Tail        *feed.Tail
	Store       ports.EventStore
	Ledger      *ledger.Ledger
	Checkpoints ports.CheckpointStore
	DeadLetters ports.DeadLetterStore
	Report      ports.Reporter
	Bulkheads   *bulkheads
}

// newDependencies collects what all runners work with. The tail and the ledger stop after them.
func newDependencies(p dependencyParams) projection.Dependencies {
	return projection.Dependencies{
		Feed: bulkhead.Feed(p.Tail, p.Bulkheads.sync), Log: p.Store,
		Checkpoints: p.Checkpoints, DeadLetters: p.DeadLetters, Note: p.Ledger.Note,
		Head: func() event.Position { return p.Store.Head().Position },
		Now:  time.Now, Report: p.Report,
	}
}

// newProjections starts and stops all runners. It takes their dependencies so that they
// stop before that does.
func newProjections(_ projection.Dependencies, lc fx.Lifecycle) *projection.Group {
	group := projection.NewGroup()
	lc.Append(fx.StartStopHook(group.Start, group.Stop))
	return group
}

// newCache keeps answers from the central view that are costly to make; nil for none.
func newCache(c Config, lc fx.Lifecycle) (*ottercache.Cache, error) {
	if c.CacheMaxMB == 0 {
		return nil, nil //nolint:nilnil // nil is "none"
	}
	cache, err := ottercache.New(ottercache.Options{
		Name: centralview.Name, MaxBytes: int64(c.CacheMaxMB) << 20, TTL: ms(c.CacheTTLMS),
	})
	if err != nil {
		return nil, err
	}
	lc.Append(fx.StopHook(cache.Close))
	return cache, nil
}

func newCentralView(
	deps projection.Dependencies, group *projection.Group, l *ledger.Ledger, cache *ottercache.Cache,
) (*centralview.Reader, error) {
	empty := centralview.New
	if cache != nil {
		empty = centralview.NewPages(cache, deps.Report).New
	}
	runner := projection.New(deps, projection.Options{
		Name: centralview.Name, New: func() projection.Target { return empty() }, Retry: centralview.Retry,
		RestRatio: catchUpRest,
	})
	return centralview.NewReader(runner, l), group.Add(runner)
}

// catchUpRest lets the central view take a quarter of the time while it is rebuilt.
const catchUpRest = 3

// saveAfter is the longest age of a receiver's checkpoint: after a crash the service repeats
// the events since the checkpoint.
const saveAfter = time.Second

// Limits of one webhook.
const (
	webhookBatch = 64
	// webhookBlocked is the number of streams that may wait for another attempt before all
	// streams wait: the service does not call a receiver that is down once for every stream.
	webhookBlocked = 16
)

// runners let webhooks follow the log. It implements subscription.Runners.
type runners struct {
	deps    projection.Dependencies
	group   *projection.Group
	permits *bulkhead.Shares // for deliveries
	timeout time.Duration    // of one delivery, without the wait for its permit
	retries []time.Duration
	pool    *breakerPool
}

func newRunners(
	c Config, deps projection.Dependencies, group *projection.Group, bulk *bulkheads, b *breakers,
) subscription.Runners {
	retries := make([]time.Duration, len(c.WebhookRetries))
	for i, seconds := range c.WebhookRetries {
		retries[i] = time.Duration(seconds) * time.Second
	}
	return &runners{
		deps: deps, group: group,
		permits: bulk.deliveries,
		timeout: ms(c.WebhookTimeoutMS),
		retries: retries,
		pool:    b.webhooks,
	}
}

// Run implements subscription.Runners.
func (r *runners) Run(run subscription.Run) {
	breaker, err := r.pool.lend(run.Name)
	if err == nil {
		run.To = bulkhead.Publisher(guarded.Publisher(run.To, breaker), r.permits.Join(run.MaxInFlight))
		err = r.group.Add(r.runner(run))
	}
	if err != nil && !errors.Is(err, projection.ErrStopped) {
		r.deps.Report(ports.Incident{
			Component: "webhooks", Message: "a webhook could not be started", Detail: run.Name, Err: err, Severe: true,
		})
	}
}

func (r *runners) runner(run subscription.Run) *projection.Runner {
	return projection.New(r.deps, projection.Options{
		Name: run.Name, New: projection.Publish(run.To), From: run.After, Wants: run.Wants, Kept: run.Kept,
		Retry: r.retry,
		// With one permit alone a delivery waits for all others of its webhook.
		Timeout:  time.Duration(2+run.MaxInFlight) * r.timeout,
		Parallel: run.MaxInFlight, MaxEvents: run.Batch.MaxEvents, MaxWait: run.Batch.MaxWait,
		MaxBlocked: webhookBlocked, Batch: webhookBatch, SaveAfter: saveAfter,
	})
}

// Touch implements subscription.Runners.
func (r *runners) Touch(name string) { r.group.Touch(name) }

// Kept implements subscription.Runners.
func (r *runners) Kept(ctx context.Context, name string) ([]byte, error) {
	saved, _, err := projection.ReadSaved(ctx, r.deps.Checkpoints, name, projection.Publish(nil))
	return saved.Kept(), err
}

// retry is when an event that a receiver did not take is sent again.
func (r *runners) retry(attempts int) (time.Duration, bool) {
	return subscription.Delay(r.retries, attempts, rand.Float64()) //nolint:gosec // spreads load, hides nothing
}

// Pause implements subscription.Runners.
func (r *runners) Pause(ctx context.Context, name string) error {
	if err := r.group.Remove(ctx, name); err != nil && !errors.Is(err, projection.ErrUnknownProjection) {
		return err
	}
	r.pool.giveBack(name)
	return nil
}

// End implements subscription.Runners.
func (r *runners) End(ctx context.Context, name string) error {
	if err := r.Pause(ctx, name); err != nil {
		return err
	}
	return projection.Forget(ctx, r.deps, name)
}
