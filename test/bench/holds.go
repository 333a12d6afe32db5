package main

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

// crowd is how many holds make an item crowded.
const crowd = 100_000

// openHolds measures a reservation below HTTP where no reservation holds
// anything, and where a crowd does: the CPU time of the whole process by
// getrusage, divided by the reservations of 64 callers at a time.
func openHolds(_ *bench, at *site) ([]row, error) {
	s, err := openService(filepath.Join(at.dir, "data"))
	if err != nil {
		return nil, err
	}
	at.atEnd(func() { _ = s.close() })
	const day = 86_400
	empty, full := stock.Key{Store: "S1", SKU: "empty"}, stock.Key{Store: "S1", SKU: "full"}
	err = errors.Join(s.adjust(empty, 1_000_000_000), s.adjust(full, 1_000_000_000), s.fill(full, crowd, day))
	reserve := func(key stock.Key) func(time.Duration) (sample, error) {
		return func(length time.Duration) (sample, error) { return s.reserveFor(key, length) }
	}
	none := row{name: "reserve, no live holds", measure: reserve(empty)}
	return []row{none, {
		name: "reserve, 100,000 live holds", against: none.name, measure: reserve(full),
		goals: []goal{valueAtMost(50, "µs of CPU", "reserve with 100,000 live holds")},
	}}, err
}

// reserveFor reserves for some time and then releases everything again, which
// is not measured.
func (s service) reserveFor(key stock.Key, length time.Duration) (sample, error) {
	var mu sync.Mutex
	var ids []string
	var took []time.Duration
	var failed error
	before := cpuTime()
	begin := time.Now()
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			for time.Since(begin) < length {
				start := time.Now()
				outcome, err := oneUnit(key, 86_400).Handle(context.Background(), s.ledger, s.call())
				mu.Lock()
				took = append(took, time.Since(start))
				ids = append(ids, outcome.Result.Reservation.ID)
				failed = errors.Join(failed, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	callers.Wait()
	spent := cpuTime() - before
	if failed != nil {
		return sample{}, failed
	}
	for len(ids) > 0 {
		n := min(len(ids), command.MaxOperations)
		batch := &command.Batch{Atomic: true}
		for _, id := range ids[:n] {
			batch.Operations = append(batch.Operations, &command.ReleaseReservation{ID: id})
		}
		if _, err := batch.Handle(context.Background(), s.ledger, s.call()); err != nil {
			return sample{}, err
		}
		ids = ids[n:]
	}
	return sample{value: float64(spent.Microseconds()) / float64(len(took)), quantiles: quantilesOf(took)}, nil
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // cannot happen: the arguments are right
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
