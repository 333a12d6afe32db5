package projection_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// courier is a publisher that takes the events of a call all together. It records the calls, and
// fails the test if two calls at a time have events of one stream.
type courier struct {
	o       *outside
	takes   time.Duration
	holds   map[event.StreamID]chan struct{} // calls with events of the stream last until it is closed
	refuses map[ports.EventID]error          // calls with the event
	judge   func([]ports.StreamEvent) error  // refuses a call, too; may be nil

	mu       sync.Mutex
	busy     map[event.StreamID]bool
	underWay int
	record
}

// record is what a courier has seen.
type record struct {
	most     int // calls at a time
	calls    [][]event.Position
	taken    [][]event.Position
	versions map[event.StreamID][]event.Version
}

// seen returns a copy of the record.
func (c *courier) seen() record {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.record
	r.versions = maps.Clone(r.versions)
	return r
}

func newCourier(o *outside) *courier {
	return &courier{
		o: o, takes: time.Millisecond, holds: map[event.StreamID]chan struct{}{}, refuses: map[ports.EventID]error{},
		busy: map[event.StreamID]bool{}, record: record{versions: map[event.StreamID][]event.Version{}},
	}
}

func (c *courier) begin(events []ports.StreamEvent) (streams []event.StreamID, positions []event.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		positions = append(positions, e.Position)
		if !slices.Contains(streams, e.Stream) {
			streams = append(streams, e.Stream)
		}
	}
	for _, stream := range streams {
		if c.busy[stream] {
			c.o.Errorf("two calls at a time have events of %s", stream)
		}
		c.busy[stream] = true
	}
	c.underWay++
	c.most = max(c.most, c.underWay)
	c.calls = append(c.calls, positions)
	return streams, positions
}

// Publish implements ports.Publisher.
func (c *courier) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	streams, positions := c.begin(events)
	defer c.end(streams)
	select {
	case <-time.After(c.takes):
	case <-ctx.Done():
	}
	refusal := ctx.Err()
	for _, stream := range streams {
		if hold := c.holds[stream]; hold != nil {
			select {
			case <-hold:
			case <-ctx.Done():
				refusal = ctx.Err()
			}
		}
	}
	if c.judge != nil && refusal == nil {
		refusal = c.judge(events)
	}
	return c.outcome(events, positions, refusal)
}

// outcome is that of a call.
func (c *courier) outcome(events []ports.StreamEvent, positions []event.Position, refusal error) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		if err := c.refuses[e.ID()]; err != nil && refusal == nil {
			refusal = err
		}
	}
	if refusal != nil {
		return 0, refusal
	}
	c.taken = append(c.taken, positions)
	for _, e := range events {
		c.versions[e.Stream] = append(c.versions[e.Stream], e.Version)
	}
	return len(events), nil
}

func (c *courier) end(streams []event.StreamID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay--
	for _, stream := range streams {
		delete(c.busy, stream)
	}
}

// mend lets the courier take everything.
func (c *courier) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.refuses)
}

func (c *courier) to(parallel, events int, wait time.Duration) func(*projection.Dependencies, *projection.Options) {
	return func(_ *projection.Dependencies, opts *projection.Options) {
		opts.New, opts.Timeout, opts.SaveAfter = projection.Publish(c), time.Hour, time.Second
		opts.Parallel, opts.MaxEvents, opts.MaxWait = parallel, events, wait
	}
}

var poison = &ports.DeliveryError{Status: 400, Reason: "poisoned"}

// stream is that of an item of S1.
func stream(sku string) event.StreamID { return event.StreamID("stock/S1/" + sku) }

func TestSeveralDeliveriesAtATime(t *testing.T) {
	inBubble(t, "one that hangs holds up its own stream only, also through a crash", func(o *outside) {
		c := newCourier(o)
		hold := make(chan struct{})
		c.holds[stream("slow")] = hold
		o.adjust("S1", "slow", 1)
		for n := range 600 {
			o.adjust("S1", sku(n%7), 1)
		}
		r := o.start(c.to(4, 1, 0))
		time.Sleep(time.Minute)
		require.Len(o, c.seen().taken, 600, "all others")
		require.Zero(o, r.Status(ctx).Position, "the position has no gap")
		require.Equal(o, projection.Running, r.Status(ctx).State)
		o.crash(r)
		close(hold)
		r = o.start(c.to(4, 1, 0))
		time.Sleep(time.Minute)
		require.Len(o, c.seen().taken, 601, "the checkpoint knows what was handled after the position")
		require.Equal(o, event.Position(601), r.Status(ctx).Position)
		o.stop(r)
	})
	inBubble(t, "uses all places for different streams", func(o *outside) {
		c := newCourier(o)
		c.takes = 300 * time.Millisecond
		r := o.start(c.to(16, 1, 0))
		for n := range 600 {
			o.adjust("S1", sku(n%40), 1)
			time.Sleep(time.Second / 30)
			if n%30 == 29 {
				require.Less(o, r.Status(ctx).Behind, time.Second)
			}
		}
		time.Sleep(time.Second)
		require.Len(o, c.seen().taken, 600)
		require.GreaterOrEqual(o, c.seen().most, 9)
		require.LessOrEqual(o, c.seen().most, 16)
		o.stop(r)
	})
	inBubble(t, "a stream that has to catch up holds up no other, and stays in order", func(o *outside) {
		c := newCourier(o)
		c.takes = 300 * time.Millisecond
		first := o.adjust("S1", "hot", 1)
		c.refuses[first] = poison
		r := o.start(c.to(4, 1, 0), func(_ *projection.Dependencies, opts *projection.Options) {
			opts.Retry = func(int) (time.Duration, bool) { return time.Minute, true }
		})
		for range 100 {
			o.adjust("S1", "hot", 1)
		}
		time.Sleep(59 * time.Second)
		c.mend()
		time.Sleep(6 * time.Second) // in the middle of catching up
		before := len(c.seen().taken)
		require.Less(o, before, 100)
		require.Equal(o, projection.Running, r.Status(ctx).State)
		o.adjust("S1", "other", 1)
		o.adjust("S1", "hot", 1)
		time.Sleep(time.Second)
		require.Equal(o, []event.Version{1}, c.seen().versions[stream("other")])
		time.Sleep(time.Minute)
		require.Len(o, c.seen().versions[stream("hot")], 102)
		require.True(o, slices.IsSorted(c.seen().versions[stream("hot")]))
		require.Zero(o, r.Status(ctx).Lag)
		o.stop(r)
	})
	inBubble(t, "requests are answered between deliveries, not after all of them", func(o *outside) {
		c := newCourier(o)
		c.takes = time.Second
		for range 400 {
			o.adjust("S1", "hot", 1)
		}
		r := o.start(c.to(4, 1, 0))
		began := time.Now()
		require.NoError(o, r.Pause(ctx))
		require.LessOrEqual(o, time.Since(began), 2*time.Second)
		taken := len(c.seen().taken)
		time.Sleep(time.Minute)
		require.Len(o, c.seen().taken, taken, "it is paused")
		require.NoError(o, r.Resume(ctx))
		synced := make(chan error, 1)
		go func() { synced <- r.Sync(ctx) }()
		for range 400 { // the log never ends
			time.Sleep(time.Second)
			o.adjust("S1", sku(1), 1)
			synctest.Wait()
		}
		require.NoError(o, <-synced)
		o.stop(r)
	})
	inBubble(t, "the log cannot be read for a while", func(o *outside) {
		log := &unread{EventFeed: o.log}
		c := newCourier(o)
		c.takes = time.Second
		for n := range 20 {
			o.adjust("S1", sku(n), 1)
		}
		r := o.start(c.to(4, 1, 0), func(w *projection.Dependencies, _ *projection.Options) { w.Feed = log })
		log.broken.Store(true)
		o.adjust("S1", "late", 1)
		time.Sleep(10 * time.Second)
		require.Equal(o, projection.Blocked, r.Status(ctx).State)
		log.broken.Store(false)
		time.Sleep(time.Minute)
		require.Len(o, c.seen().taken, 21)
		o.stop(r)
	})
}
