package bootstrap

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

const (
	healthyReceivers, hangingReceivers = 4, 20

	answerTime = 250 * time.Millisecond // of a receiver that is healthy
	manyItems  = 1000
	perItem    = 5
)

// listener is a receiver of webhooks, without a network.
type listener struct {
	timeout time.Duration

	mu       sync.Mutex
	hangs    bool
	taken    []ports.EventID
	versions map[event.StreamID]event.Version
	attempts int
	underWay int
	most     int
}

// Publish implements ports.Publisher.
func (l *listener) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	for i := range events {
		if err := l.take(ctx, &events[i]); err != nil {
			return i, err
		}
	}
	return len(events), nil
}

func (l *listener) take(ctx context.Context, e *ports.StreamEvent) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts++
	l.underWay++
	defer func() { l.underWay-- }()
	l.most = max(l.most, l.underWay)
	takes, refusal := answerTime, error(nil)
	if l.hangs {
		takes, refusal = l.timeout, &ports.DeliveryError{Reason: "no answer", TimedOut: true}
	}
	l.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		refusal = ctx.Err()
	}
	l.mu.Lock()
	if refusal != nil {
		return refusal
	}
	if l.versions[e.Stream]+1 != e.Version {
		return fmt.Errorf("version %d of %s came after %d", e.Version, e.Stream, l.versions[e.Stream])
	}
	l.versions[e.Stream] = e.Version
	l.taken = append(l.taken, e.ID())
	return nil
}

// become makes the receiver hang, or answer again.
func (l *listener) become(hangs bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hangs = hangs
}

// seen returns the numbers of events taken and of attempts since it was last asked.
func (l *listener) seen() (taken, attempts int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken, attempts = len(l.taken), l.attempts
	l.taken, l.attempts = nil, 0
	return taken, attempts
}

// mostAtOnce returns the largest number of attempts that were under way at a time.
func (l *listener) mostAtOnce() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.most
}

// listeners run with the default settings, and read one log. Time is not real.
type listeners struct {
	*testing.T
	all     []*listener
	bulk    *bulkheads
	runners *runners
	breaker []ports.Breaker
}

// withListeners runs a test with a number of receivers.
func withListeners(t *testing.T, n int, test func(*listeners)) {
	c, err := readConfig(nil)
	require.NoError(t, err)
	circuits, _ := wired(t, nil)
	l := &listeners{T: t}
	for i := range n {
		b, err := circuits.webhooks.lend(fmt.Sprint("webhook-", i)) // outside the bubble, where circuits live on
		require.NoError(t, err)
		l.breaker = append(l.breaker, b)
		l.all = append(l.all, &listener{timeout: ms(c.WebhookTimeoutMS), versions: map[event.StreamID]event.Version{}})
	}
	synctest.Test(t, func(t *testing.T) {
		l.T, l.bulk = t, newBulkheads(c)
		log := memory.NewEventStore(time.Minute, time.Now)
		fill(t, log)
		group := projection.NewGroup()
		group.Start()
		deps := projection.Dependencies{
			Feed: log, Log: log, Checkpoints: &memory.CheckpointStore{}, DeadLetters: &memory.DeadLetterStore{},
			Head: func() event.Position { return log.Head().Position },
			Now:  time.Now, Report: func(i ports.Incident) { t.Error(i) },
		}
		l.runners = newRunners(c, deps, group, l.bulk, circuits).(*runners)
		defer func() {
			require.NoError(t, group.Stop(context.Background()))
			require.Zero(t, l.bulk.deliveries.Status().InUse)
		}()
		test(l)
	})
}

// fill appends events of many items, so that no receiver ever waits for the next one.
func fill(t *testing.T, log *memory.EventStore) {
	for version := range perItem {
		for item := range manyItems {
			fates, err := log.Append(t.Context(), []ports.Commit{{
				ID: "c", Time: time.Now(),
				Events: []ports.Event{{
					Stream: event.StreamID(fmt.Sprint("stock/S1/", item)), Version: event.Version(version + 1),
					Type: "stock.adjusted.v1", Time: time.Now(), Data: []byte(`{}`),
				}},
			}})
			require.NoError(t, err)
			require.NoError(t, fates[0].Err)
		}
	}
}

func (l *listeners) start() {
	for i, one := range l.all {
		l.runners.Run(subscription.Run{
			Name: fmt.Sprint("webhook-", i), Wants: func(*ports.StreamEvent) bool { return true }, To: one, MaxInFlight: 16,
		})
	}
}

// rates returns the number of events that each healthy receiver took.
func (l *listeners) rates(during time.Duration) (rates []int) {
	for _, one := range l.all[:healthyReceivers] {
		one.seen()
	}
	time.Sleep(during)
	for _, one := range l.all[:healthyReceivers] {
		taken, _ := one.seen()
		rates = append(rates, taken)
	}
	return rates
}

func (l *listeners) become(hanging bool) {
	for _, one := range l.all[healthyReceivers:] {
		one.become(hanging)
	}
}

const watched = 5 * time.Minute

func TestHealthyReceiversKeepTheirRateBesideHangingOnes(t *testing.T) {
	var alone []int
	withListeners(t, healthyReceivers, func(l *listeners) {
		l.start()
		alone = l.rates(watched)
	})
	keepTheirRate := func(l *listeners) {
		l.Helper()
		for i, beside := range l.rates(watched) {
			l.Logf("receiver %d: %d events beside hanging receivers, %d without them", i, beside, alone[i])
			require.GreaterOrEqual(l, 100*beside, 90*alone[i], "receiver %d", i)
		}
		for _, one := range l.all {
			require.LessOrEqual(l, one.mostAtOnce(), 16)
		}
	}
	withListeners(t, healthyReceivers+hangingReceivers, func(l *listeners) {
		l.become(true)
		l.start()
		keepTheirRate(l)
	})
	withListeners(t, healthyReceivers+hangingReceivers, func(l *listeners) {
		l.start()
		time.Sleep(10 * time.Second) // all are healthy
		l.become(true)
		keepTheirRate(l)
	})
}

func TestAHangingReceiverIsLeftAloneAndThenGetsEverythingInOrder(t *testing.T) {
	withListeners(t, healthyReceivers+1, func(l *listeners) {
		hanging := l.all[healthyReceivers]
		hanging.become(true)
		l.start()
		time.Sleep(31 * time.Second)
		_, attempts := hanging.seen()
		require.LessOrEqual(l, attempts, 3)
		require.Equal(l, ports.BreakerOpen, l.breaker[healthyReceivers].Status().State, "although it was called so seldom")
		time.Sleep(10 * time.Minute)
		_, attempts = hanging.seen()
		require.LessOrEqual(l, attempts, 14, "a probe of 15 seconds after each 30 seconds")
		hanging.become(false)
		time.Sleep(3 * time.Hour)
		taken, _ := hanging.seen()
		require.Equal(l, manyItems*perItem, taken, "each event, those of an item in their order")
	})
}
