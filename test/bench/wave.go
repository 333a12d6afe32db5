package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/domain/stock"
)

// openWave lets 100,000 holds on one item expire in one moment. A command on the
// item and the sweeper find them at once; meanwhile 16 callers adjust other SKUs.
// In place of the p99 stands the longest that any of them waited.
func openWave(_ *bench, at *site) ([]row, error) {
	waves := 0
	measure := func(wave bool) func(time.Duration) (sample, error) {
		return func(length time.Duration) (sample, error) {
			waves++
			s, err := openService(filepath.Join(at.dir, fmt.Sprint(waves)))
			if err != nil {
				return sample{}, err
			}
			defer func() { _ = s.close() }()
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
		{name: "no expiry", measure: measure(false)},
		{
			name: "while 100,000 holds of one item expire", measure: measure(true),
			goals: []goal{p99AtMost(50*time.Millisecond, "longest wait while 100,000 holds expire")},
		},
	}, nil
}

func waitFor(length time.Duration) error {
	<-time.After(length)
	return nil
}

// adjustDuring adjusts SKUs of their own until work is done.
func (s service) adjustDuring(work func() error) (sample, error) {
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
		value:     float64(count.Load()) / time.Since(begin).Seconds(),
		quantiles: quantiles{p99: time.Duration(longest.Load())},
	}, errors.Join(append(faults, err)...)
}
