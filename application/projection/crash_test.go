package projection_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/ports"
)

// life is a runner that may crash, and the requests that it has acknowledged.
type life struct {
	*outside
	runner    *projection.Runner
	stores    *failing
	doomed    []ports.EventID // were to be discarded: they fail from then on
	discarded []ports.EventID // acknowledged
	redriven  map[string]bool // dead letters, acknowledged
	publisher *courier        // nil for a runner of a view
	options   func(*projection.Dependencies, *projection.Options)
}

func begin(o *outside, calls int) *life {
	l := &life{outside: o, redriven: map[string]bool{}}
	l.start(calls)
	return l
}

func (l *life) start(calls int) {
	l.stores = &failing{left: calls}
	l.runner = l.outside.start(through(l.stores), func(deps *projection.Dependencies, opts *projection.Options) {
		if l.options != nil {
			l.options(deps, opts)
		}
		opts.SaveAfter = 3 * time.Second
	})
}

// crashed reports whether a store has failed. If so it ends the runner.
func (l *life) crashed() bool {
	synctest.Wait()
	l.stores.mu.Lock()
	down := l.stores.left == 0
	l.stores.mu.Unlock()
	if down {
		l.crash(l.runner)
	}
	return down
}

func (l *life) redrive(id ports.EventID) {
	if l.runner.Redrive(ctx, id) == nil {
		l.redriven[letterID(id)] = true
	}
}

func (l *life) discard(id ports.EventID) {
	l.doomed = append(l.doomed, id)
	l.spoil(id, refuses)
	if l.runner.Discard(ctx, id, projection.By{}) == nil {
		l.discarded = append(l.discarded, id)
	}
}

// inLog returns the events that the log says are discarded, acknowledged or not.
func (l *life) inLog() []ports.EventID {
	var found []ports.EventID
	for c, err := range l.log.Commits(ctx, 0) {
		require.NoError(l, err)
		for _, e := range c.Events {
			if fact, err := deadletter.Decode(e.Type, e.Data); err == nil {
				found = append(found, ports.EventID{Position: fact.Position, Index: fact.Index})
			}
		}
	}
	require.Subset(l, found, l.discarded, "an acknowledged discard is in the log")
	return found
}

// mendBut mends all events but some.
func (o *outside) mendBut(discarded []ports.EventID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.wrong)
	for _, id := range discarded {
		o.wrong[id] = refuses
	}
}

// end lets a runner without crashes complete all work, and compares the result.
func (l *life) end() {
	l.start(-1)
	require.NoError(l, l.runner.Resume(ctx))
	for _, id := range l.letterIDs() {
		require.False(l, l.redriven[id], "a dead letter that was redriven is back: %s", id)
	}
	discarded := l.inLog()
	l.mendBut(discarded)
	for round := 0; ; round++ {
		require.Less(l, round, 100, "there are always more dead letters")
		time.Sleep(time.Minute)
		list, err := l.letters.List(ctx, "", "", 100)
		require.NoError(l, err)
		if len(list) == 0 {
			break
		}
		for _, letter := range list {
			if err := l.runner.Redrive(ctx, letter.Event.ID()); err != nil && !errors.Is(err, projection.ErrNotFound) {
				require.NoError(l, err)
			}
		}
	}
	require.NoError(l, l.runner.Sync(ctx))
	if l.publisher != nil {
		l.publisher.gotAll(l.discardedByNow())
		l.stop(l.runner)
		return
	}
	l.agrees(l.runner, discarded...)
	l.stop(l.runner)
	r := l.outside.start()
	l.agrees(r, discarded...)
	l.stop(r)
}

// TestKilledAtEveryStepNothingIsLost ends the runner at each of its calls to the stores, before
// the call has an effect and after.
func TestKilledAtEveryStepNothingIsLost(t *testing.T) {
	steps := 0
	for over := false; !over; steps++ {
		inBubble(t, fmt.Sprint("call ", steps), func(o *outside) {
			l := begin(o, steps)
			first := poisoned(o, refuses)
			second := o.adjust("S2", "c", 1)
			o.spoil(second, panics)
			do := []func(){
				func() { time.Sleep(time.Minute) },
				func() { l.redrive(first) },
				func() { l.discard(second) },
				func() { o.mendBut(l.doomed); l.redrive(first) },
				func() { o.adjust("S2", "c", 4) },
				func() { _ = l.runner.Pause(ctx) },
				func() { _ = l.runner.Resume(ctx) },
				func() { _ = l.runner.Rebuild(ctx) },
				func() { time.Sleep(time.Minute) },
			}
			for _, step := range do {
				step()
				if l.crashed() {
					break
				}
			}
			over = !l.crashed()
			if over {
				l.stop(l.runner)
			}
			l.end()
		})
	}
	t.Logf("%d calls", steps)
	require.Greater(t, steps, 15)
}

// TestAnyOrderOfCrashesAndRedrivesGivesTheFold lets events fail, be mended, redriven and discarded,
// and the runner crash, stop, pause and rebuild, in any order.
func TestAnyOrderOfCrashesAndRedrivesGivesTheFold(t *testing.T) {
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
			calls := func() int {
				if rng.IntN(3) == 0 {
					return -1
				}
				return rng.IntN(25)
			}
			l := begin(o, calls())
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

// act does one thing at random.
func (l *life) act(rng *rand.Rand) {
	letters, err := l.letters.List(ctx, "", "", 100)
	require.NoError(l, err)
	switch what := rng.IntN(20); {
	case what < 9:
		id := l.adjust(fmt.Sprint("S", rng.IntN(3)), sku(rng.IntN(3)), 1+rng.Int64N(9))
		if rng.IntN(4) == 0 {
			l.spoil(id, []fault{refuses, panics, hangs, misclaims, isShut}[rng.IntN(5)])
		}
	case what < 12:
		time.Sleep(time.Duration(rng.IntN(8000)) * time.Millisecond)
	case what < 15 && len(letters) > 0:
		id := letters[rng.IntN(len(letters))].Event.ID()
		if rng.IntN(2) == 0 {
			l.discard(id)
		} else {
			l.redrive(id)
		}
	case what < 16:
		l.mendBut(l.doomed)
	case what < 17:
		_ = l.runner.Pause(ctx)
	case what < 18:
		_ = l.runner.Resume(ctx)
	case what == 18 && rng.IntN(3) == 0:
		_ = l.runner.Rebuild(ctx)
	default:
		patience, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_ = l.runner.Sync(patience) // a runner without stores may never get there
	}
}
