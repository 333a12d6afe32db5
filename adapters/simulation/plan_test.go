package simulation_test

import (
	"math/rand/v2"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/domain/stock"
)

// plan is what a run is like. Each seed draws its own, so that rare things happen
// often in some runs and leave others alone.
type plan struct {
	processes int
	clients   int
	commands  int // to be begun
	goods     []stock.Key

	segmentBytes int64
	idleAfter    time.Duration
	keyTTL       time.Duration
	flushEvery   time.Duration
	flushAfter   int
	tails        int
	leaseTTL     time.Duration
	indexEvery   time.Duration
	indexBatch   int

	// In how many of 1,000 turns, or steps that change the disk, something happens.
	sleep, kill, power, stop, freeze, jump int
	fail, torn, full                       int
	// In how many of 1,000 starts an index is another one, or bad; in how many of 1,000 power cuts
	// the disk is copied, or an earlier copy put back.
	otherIndex, badIndex, backup int

	keys, snapshots, sweeps, reads int // shares of the commands, in 100
}

// pick is one of some, the first being likeliest where it is listed twice.
func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

func drawPlan(rng *rand.Rand) plan {
	p := plan{
		processes:    pick(rng, 1, 1, 2, 3),
		clients:      1 + rng.IntN(6),
		commands:     10 + rng.IntN(50),
		segmentBytes: pick[int64](rng, 700, 3000, 3000, 1<<20),
		idleAfter:    pick(rng, time.Millisecond, 20*time.Millisecond, 50*time.Millisecond),
		keyTTL:       pick(rng, 5*time.Minute, 5*time.Minute, 2*time.Second),
		flushEvery:   pick(rng, 30*time.Millisecond, time.Second, time.Hour),
		flushAfter:   pick(rng, 1, 7, 1000),
		tails:        pick(rng, 1, 4, 1000),
		leaseTTL:     pick(rng, 2*time.Second, 30*time.Millisecond), // the second is lost often
		indexEvery:   pick(rng, time.Millisecond, 30*time.Millisecond, 250*time.Millisecond),
		indexBatch:   pick(rng, 1, 2, 5, 4096),
		sleep:        pick(rng, 5, 40, 150),
		kill:         pick(rng, 0, 0, 2, 10),
		power:        pick(rng, 0, 0, 2, 10),
		stop:         pick(rng, 0, 0, 3),
		freeze:       pick(rng, 0, 0, 5),
		jump:         pick(rng, 0, 0, 5),
		fail:         pick(rng, 0, 0, 5, 20),
		torn:         pick(rng, 0, 0, 10),
		full:         pick(rng, 0, 0, 0, 4),
		otherIndex:   pick(rng, 0, 200, 500),
		badIndex:     pick(rng, 0, 200, 500),
		backup:       pick(rng, 0, 500),
		keys:         pick(rng, 20, 70),
		snapshots:    pick(rng, 0, 5, 15),
		sweeps:       pick(rng, 0, 5),
		reads:        pick(rng, 10, 40),
	}
	all := []stock.Key{{Store: "S1", SKU: "a"}, {Store: "S2", SKU: "a"}, {Store: "S1", SKU: "b"}, {Store: "S2", SKU: "b"}}
	p.goods = all[:pick(rng, 1, 2, 2, 4)]
	return p
}

// quiet is a plan in which nothing happens but the commands.
func (p plan) quiet() plan {
	p.kill, p.power, p.stop, p.freeze, p.jump, p.fail, p.torn, p.full = 0, 0, 0, 0, 0, 0, 0, 0
	p.otherIndex, p.badIndex, p.backup = 0, 0, 0
	return p
}

func (p plan) options(*process) jsonevents.Options {
	return jsonevents.Options{
		KeyTTL: p.keyTTL, SegmentBytes: p.segmentBytes, Shared: p.processes > 1,
		Limits: jsonevents.Limits{Tails: p.tails}, FlushAfter: p.flushAfter,
		// No two of these come at one time.
		FlushEvery: p.flushEvery + 19*time.Nanosecond,
		IdleAfter:  p.idleAfter + 11*time.Nanosecond, ProbeEvery: time.Second + 13*time.Nanosecond, FollowEvery: 10*time.Millisecond + 17*time.Nanosecond,
	}
}

func (p plan) indexing(of *process) indexing.Options {
	return indexing.Options{
		Report: of.report, Batch: p.indexBatch,
		Every: p.indexEvery + 29*time.Nanosecond, Again: 100*time.Millisecond + 31*time.Nanosecond,
	}
}
