package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

// crowd is how many holds make an item crowded.
const crowd = 100_000

// shop is a service whose reservations get names of their own.
type shop struct {
	service
	named *atomic.Int64
}

func openShop(dir string) (shop, error) {
	s, err := openService(dir)
	return shop{service: s, named: &atomic.Int64{}}, err
}

func (s shop) call() command.Call {
	return command.Call{NewID: func() string { return fmt.Sprintf("0190a3c0-968c-79da-8e45-%012d", s.named.Add(1)) }}
}

func (s shop) adjust(key stock.Key, delta int64) error {
	_, err := (&command.AdjustStock{Item: key, Delta: delta}).Handle(context.Background(), s.ledger, s.call())
	return err
}

// fill makes holds of one unit on an item, a thousand in each batch.
func (s shop) fill(key stock.Key, holds int, ttlSeconds int64) error {
	if err := s.adjust(key, int64(holds)); err != nil {
		return err
	}
	for made := 0; made < holds; made += command.MaxOperations {
		batch := &command.Batch{Atomic: true}
		for range command.MaxOperations {
			batch.Operations = append(batch.Operations, oneUnit(key, ttlSeconds))
		}
		if _, err := batch.Handle(context.Background(), s.ledger, s.call()); err != nil {
			return err
		}
	}
	return nil
}

func oneUnit(key stock.Key, ttlSeconds int64) *command.ReserveStock {
	return &command.ReserveStock{Lines: []stock.Part{{Key: key, Quantity: 1}}, TTLSeconds: &ttlSeconds}
}

// openHolds tells what a reservation costs below HTTP where nobody holds
// anything, and where a crowd does: the CPU time of the whole process by
// getrusage, divided by the reservations of 64 callers at a time.
func openHolds(_ settings, dir string) ([]row, func(), error) {
	s, err := openShop(dir)
	if err != nil {
		return nil, nil, err
	}
	const day = 86_400
	empty, full := stock.Key{Store: "S1", SKU: "empty"}, stock.Key{Store: "S1", SKU: "full"}
	err = errors.Join(s.adjust(empty, 1_000_000_000), s.adjust(full, 1_000_000_000), s.fill(full, crowd, day))
	reserve := func(key stock.Key) func(time.Duration) (sample, error) {
		return func(length time.Duration) (sample, error) { return s.reserveFor(key, length) }
	}
	return []row{
		{name: "reserve where nobody holds anything", measure: reserve(empty)},
		{name: "reserve where 100,000 holds are live", target: "≤ 50 µs", measure: reserve(full)},
	}, func() { _ = s.store.Close() }, err
}

// reserveFor reserves for some time and then releases everything again, which
// is not measured.
func (s shop) reserveFor(key stock.Key, length time.Duration) (sample, error) {
	var mu sync.Mutex
	var ids []string
	var durations []time.Duration
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
				durations = append(durations, time.Since(start))
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
	each := float64(spent.Microseconds()) / float64(len(durations))
	return sample{rate: each, p99: percentile99(durations)}, nil
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // cannot happen: the arguments are right
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// openWave lets 100,000 holds on one item expire in one moment. A command on the
// item and the sweeper find them at once; meanwhile 16 callers adjust other SKUs.
// In place of the p99 stands the longest that any of them waited.
func openWave(_ settings, dir string) ([]row, func(), error) {
	waves := 0
	var open []shop
	done := func() {
		for _, s := range open {
			_ = s.store.Close()
		}
	}
	measure := func(wave bool) func(time.Duration) (sample, error) {
		return func(length time.Duration) (sample, error) {
			waves++
			s, err := openShop(filepath.Join(dir, fmt.Sprint(waves)))
			if err != nil {
				return sample{}, err
			}
			open = append(open, s)
			hot := stock.Key{Store: "S1", SKU: "hot"}
			const hour = 3600
			if err := s.fill(hot, crowd, hour); err != nil {
				return sample{}, err
			}
			work := func() error { return waitFor(length) }
			if wave {
				work = func() error {
					s.ahead.Add(int64(2 * hour * time.Second))
					var hotErr error
					var hotCommand sync.WaitGroup
					hotCommand.Go(func() { hotErr = s.adjust(hot, 1) })
					err := s.ledger.Sweep(context.Background())
					hotCommand.Wait()
					return errors.Join(err, hotErr)
				}
			}
			return s.adjustDuring(work)
		}
	}
	return []row{
		{name: "while nothing expires (longest wait instead of p99)", measure: measure(false)},
		{name: "while 100,000 holds of one item expire (likewise)", target: "longest ≤ 50 ms", measure: measure(true)},
	}, done, nil
}

func waitFor(length time.Duration) error {
	<-time.After(length)
	return nil
}

// adjustDuring adjusts SKUs of their own until work is done.
func (s shop) adjustDuring(work func() error) (sample, error) {
	var longest, count atomic.Int64
	var over atomic.Bool
	faults := make([]error, 16)
	var callers sync.WaitGroup
	begin := time.Now()
	for n := range faults {
		key := stock.Key{Store: "S1", SKU: fmt.Sprint("other-", n)}
		callers.Go(func() {
			for !over.Load() && faults[n] == nil {
				start := time.Now()
				faults[n] = s.adjust(key, 1)
				took := int64(time.Since(start))
				count.Add(1)
				for old := longest.Load(); took > old && !longest.CompareAndSwap(old, took); old = longest.Load() {
				}
			}
		})
	}
	err := work()
	over.Store(true)
	callers.Wait()
	return sample{
		rate: float64(count.Load()) / time.Since(begin).Seconds(),
		p99:  time.Duration(longest.Load()),
	}, errors.Join(append(faults, err)...)
}
