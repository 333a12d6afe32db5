package bootstrap

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/guarded"
	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/ports"
)

// breakerModule makes the breakers, which other modules put before their calls.
var breakerModule = fx.Module("breakers", fx.Provide(newBreakers))

// The breakers' names. Webhooks have one each, of names that begin with theirs.
const (
	apiBreaker        = "api"
	writesBreaker     = "filesystem-writes"
	readsBreaker      = "filesystem-reads"
	syncBreaker       = "sync"
	eventsFileBreaker = "publisher-events-file"
	webhookBreakers   = "publisher-webhook"
)

// breakerNames are what BREAKER_FORCE_OPEN may name.
var breakerNames = []any{apiBreaker, writesBreaker, readsBreaker, syncBreaker, eventsFileBreaker, webhookBreakers}

// breakers are all breakers of the service.
type breakers struct {
	api        ports.Breaker // before requests that write
	writes     ports.Breaker // before group commits
	reads      ports.Breaker // before reads of the log's files
	sync       ports.Breaker // before what projections keep
	eventsFile ports.Breaker // before EVENTS_FILE
	webhooks   *breakerPool  // before each webhook's receiver
}

func newBreakers(c Config, report ports.Reporter, lc fx.Lifecycle) (*breakers, error) {
	var failures error
	create := func(o hystrixbreaker.Options) *hystrixbreaker.Breaker {
		b, err := newBreaker(c, report, o)
		failures = errors.Join(failures, err)
		return b
	}
	for _, name := range c.BreakerForceOpen {
		report(ports.Incident{
			Component: "breaker", Detail: name, Severe: true,
			Message: "a circuit is forced open: the service refuses its calls until a start without ONHAND_BREAKER_FORCE_OPEN",
		})
	}
	// All callers of a group commit that took longer were told that its outcome is not known.
	slow := ms(c.RequestTimeoutMS)
	reads := &whileRunning{Breaker: create(hystrixbreaker.Options{Name: readsBreaker, Slow: slow})}
	lc.Append(fx.StartHook(func() { reads.running.Store(true) }))
	return &breakers{
		api:        create(hystrixbreaker.Options{Name: apiBreaker, Fault: httpapi.IsFault}),
		writes:     create(hystrixbreaker.Options{Name: writesBreaker, Slow: slow, Fault: writeFault}),
		reads:      reads,
		sync:       create(hystrixbreaker.Options{Name: syncBreaker, Fault: guarded.StoreFault}),
		eventsFile: create(hystrixbreaker.Options{Name: eventsFileBreaker, Fault: guarded.DeliveryFault}),
		webhooks: &breakerPool{most: c.MaxWebhooks, make: func(name string) (*hystrixbreaker.Breaker, error) {
			return newBreaker(c, report, hystrixbreaker.Options{
				Name: name, Fault: guarded.DeliveryFault, Hung: guarded.DeliveryHung,
				Forced: slices.Contains(c.BreakerForceOpen, webhookBreakers),
			})
		}},
	}, failures
}

// writeFault reports whether a failed group commit counts as a fault: a full disk is known.
func writeFault(err error) bool { return !errors.Is(err, ports.ErrReadOnly) }

// newBreaker makes a breaker as the settings say.
func newBreaker(c Config, report ports.Reporter, o hystrixbreaker.Options) (*hystrixbreaker.Breaker, error) {
	o.Threshold, o.MinCalls, o.Cooldown = c.BreakerThreshold, c.BreakerMinRequests, ms(c.BreakerCooldownMS)
	o.Forced = o.Forced || slices.Contains(c.BreakerForceOpen, o.Name)
	o.Report = report
	return hystrixbreaker.New(o)
}

// Status returns the status of each breaker.
func (b *breakers) Status() []ports.BreakerStatus { return append(b.fixed(), b.webhooks.inUse()...) }

func (b *breakers) fixed() []ports.BreakerStatus {
	return []ports.BreakerStatus{
		b.api.Status(), b.writes.Status(), b.reads.Status(), b.sync.Status(), b.eventsFile.Status(),
	}
}

// whileRunning guards only after the start: everything builds on what a start reads, so that
// is read in any case.
type whileRunning struct {
	ports.Breaker
	running atomic.Bool
}

// Do implements ports.Breaker.
func (w *whileRunning) Do(ctx context.Context, call func(context.Context) error) error {
	if !w.running.Load() {
		return call(ctx)
	}
	return w.Breaker.Do(ctx, call)
}
