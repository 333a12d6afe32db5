package projection_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// checked is a courier that fails the test if it gets an event before an earlier one of the stream,
// which neither it has taken nor a client has discarded. Events fail as those of a view do.
type checked struct{ *courier }

func (c *checked) fault(events []ports.StreamEvent) error {
	for i := range events {
		c.o.mu.Lock()
		how := c.o.wrong[events[i].ID()]
		c.o.mu.Unlock()
		switch how {
		case 0:
			continue
		case panics:
			panic("swordfish")
		case isShut:
			return shut
		case hangs:
			return &ports.DeliveryError{Status: 429, RetryAfter: 3 * time.Second}
		}
		return poison
	}
	return nil
}

// notTaken returns the version of a stream before an event that the courier lacks; 0 if there is none.
func (c *checked) notTaken(e *ports.StreamEvent, discarded map[event.StreamID][]event.Version) event.Version {
	known := map[event.Version]bool{}
	for _, list := range [][]event.Version{c.versions[e.Stream], discarded[e.Stream]} {
		for _, v := range list {
			known[v] = true
		}
	}
	for v := event.Version(1); v < e.Version; v++ {
		if !known[v] {
			return v
		}
	}
	return 0
}

// discardedByNow are the events that the log says are discarded, by stream.
func (o *outside) discardedByNow() map[event.StreamID][]event.Version {
	list := map[event.StreamID][]event.Version{}
	for _, id := range (&life{outside: o}).inLog() {
		for c, err := range o.log.Commits(ctx, id.Position-1) {
			require.NoError(o, err)
			e := c.Events[id.Index]
			list[e.Stream] = append(list[e.Stream], e.Version)
			break
		}
	}
	return list
}

// TestAnyOrderOfCrashesKeepsTheOrderOfEachStream is TestAnyOrderOfCrashesAndRedrivesGivesTheFold for
// several deliveries at a time, of one or several events.
func TestAnyOrderOfCrashesKeepsTheOrderOfEachStream(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("ONHAND_SEED"), 10, 64); err == nil {
		seed = given
	}
	rounds := 150
	if n, err := strconv.Atoi(os.Getenv("ONHAND_ROUNDS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		inBubble(t, fmt.Sprint("ONHAND_SEED=", seed+uint64(round)), func(o *outside) {
			rng := rand.New(rand.NewPCG(seed+uint64(round), 0))
			publisher := &checked{newCourier(o)}
			publisher.takes = time.Duration(rng.IntN(2000)) * time.Millisecond
			publisher.judge = publisher.check
			l := &life{outside: o, redriven: map[string]bool{}, publisher: publisher.courier}
			l.options = publisher.to(1+rng.IntN(5), 1+rng.IntN(2)*rng.IntN(10), time.Duration(rng.IntN(2000))*time.Millisecond)
			calls := func() int {
				if rng.IntN(3) == 0 {
					return -1
				}
				return rng.IntN(25)
			}
			l.start(calls())
			for range 60 {
				l.act(rng)
				if l.crashed() {
					l.start(calls())
				}
			}
			l.crash(l.runner)
			l.end()
		})
		if t.Failed() {
			return
		}
	}
}

// check judges a call: it returns why the courier does not take the events.
func (c *checked) check(events []ports.StreamEvent) error {
	if err := c.fault(events); err != nil {
		return err
	}
	discarded := c.o.discardedByNow()
	c.mu.Lock()
	defer c.mu.Unlock()
	within := map[event.StreamID]event.Version{} // the latest of this call
	for i := range events {
		e := &events[i]
		missing := c.notTaken(e, discarded)
		if missing > within[e.Stream] {
			c.o.Errorf("version %d of %s came before %d", e.Version, e.Stream, missing)
		}
		within[e.Stream] = e.Version
	}
	return nil
}

// gotAll checks that the courier has each event that was not discarded.
func (c *courier) gotAll(discarded map[event.StreamID][]event.Version) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for p, err := range c.o.log.Commits(ctx, 0) {
		require.NoError(c.o, err)
		e := p.Events[0]
		if e.Type != deadletter.DeletedV1 {
			require.Contains(c.o, append(discarded[e.Stream], c.versions[e.Stream]...), e.Version, "of %s", e.Stream)
		}
	}
}
