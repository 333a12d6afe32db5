package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

const million = 1_000_000

// service is a ledger on a store, in this process.
type service struct {
	store  *jsonevents.Store
	ledger *ledger.Ledger
	ahead  *atomic.Int64 // how far the clocks are set ahead, in nanoseconds
}

func openService(dir string) (service, error) {
	var ahead atomic.Int64
	begin := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) {
		d := time.Duration(ahead.Load())
		return time.Now().Add(d), time.Since(begin) + d
	}, func(ports.Incident) {})
	store, err := jsonevents.Open(filepath.Join(dir, "data"), jsonevents.Options{Now: clock.Now})
	if err != nil {
		return service{}, err
	}
	l := ledger.New(store, store, clock, func() string { return "0190a3c0-968c-79da-8e45-5ebd5d89c4a3" }, ledger.Options{})
	return service{store, l, &ahead}, l.Open(context.Background())
}

// write appends a million adjustments, each of the item that key names, straight
// to the store, in appends of many commits.
func write(store *jsonevents.Store, key func(n int) stock.Key) error {
	items := map[stock.Key]stock.Item{}
	const together = 500
	for n := 0; n < million; n += together {
		commits := make([]ports.Commit, together)
		for i := range commits {
			k := key(n + i)
			before, ok := items[k]
			if !ok {
				before.Key = k
			}
			facts, err := before.Adjust(1, stock.Note{}, time.Now().UTC().Truncate(time.Microsecond))
			if err != nil {
				return err
			}
			before.Apply(facts[0])
			if items[k] = before; before.Version == 1 && n > together {
				delete(items, k) // each key comes once
			}
			commits[i] = ports.Commit{ID: "0190a3c0-968c-79da-8e45-5ebd5d89c4a3", Time: facts[0].At, Events: []ports.Event{{
				Stream: k.Stream(), Version: before.Version, Type: facts[0].Change.Type(), Time: facts[0].At, Data: facts[0].AppendJSON(nil),
			}}}
		}
		fates, err := store.Append(context.Background(), commits)
		if err == nil {
			err = fates[0].Err
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openPast asks for the past of one item with a million events.
func openPast(_ settings, dir string) ([]row, func(), error) {
	s, err := openService(dir)
	if err != nil {
		return nil, nil, err
	}
	key := stock.Key{Store: "S1", SKU: "old"}
	if err := write(s.store, func(int) stock.Key { return key }); err != nil {
		return nil, nil, err
	}
	if err := s.store.Close(); err != nil {
		return nil, nil, err
	}
	begin := time.Now()
	if s, err = openService(dir); err != nil {
		return nil, nil, err
	}
	fmt.Printf("start with 1,000,000 commits of one item, no snapshot: %v\n\n", time.Since(begin).Round(time.Millisecond))
	var first, last time.Time
	for e, err := range s.store.Stream(context.Background(), key.Stream(), 0, ports.Oldest) {
		if err != nil {
			return nil, nil, err
		}
		first = e.Time
		break
	}
	now, _, err := s.ledger.Item(context.Background(), key)
	if err != nil {
		return nil, nil, err
	}
	last = now.UpdatedAt
	ask := func(q func() query.PastItem) func(time.Duration) (sample, error) {
		return func(length time.Duration) (sample, error) {
			return timed(length, func() error {
				_, _, err := q().Handle(context.Background(), s.ledger, s.store)
				return err
			})
		}
	}
	return []row{
		{name: "version N, 1,000,000 events", target: "≤ 50 ms", measure: ask(func() query.PastItem {
			return query.PastItem{Item: key, Past: query.Past{Version: 1 + rand.N(event.Version(million))}}
		})},
		{name: "asOf, 1,000,000 events", target: "≤ 50 ms", measure: ask(func() query.PastItem {
			return query.PastItem{Item: key, Past: query.Past{AsOf: first.Add(rand.N(last.Sub(first)))}}
		})},
	}, func() { _ = s.store.Close() }, nil
}

// openLists lists a store of a million items, and says what an item takes.
func openLists(_ settings, dir string) ([]row, func(), error) {
	s, err := openService(dir)
	if err == nil {
		err = write(s.store, func(n int) stock.Key { return stock.Key{Store: "S1", SKU: fmt.Sprintf("sku-%07d", n*7919%million)} })
	}
	if err == nil {
		err = s.store.Close()
	}
	if err != nil {
		return nil, nil, err
	}
	before := heap()
	begin := time.Now()
	if s, err = openService(dir); err != nil {
		return nil, nil, err
	}
	fmt.Printf("start with 1,000,000 commits of as many items, no snapshot: %v; memory per item: %d bytes (target ≤ 500)\n\n",
		time.Since(begin).Round(time.Millisecond), (heap()-before)/million)
	few := int64(0)
	list := func(q func() query.ListItems) func(time.Duration) (sample, error) {
		return func(length time.Duration) (sample, error) {
			return timed(length, func() error {
				_, err := q().Handle(context.Background(), s.ledger)
				return err
			})
		}
	}
	return []row{
		{name: "a page of 500 of 1,000,000 items, anywhere", measure: list(func() query.ListItems {
			return query.ListItems{Store: "S1", SKUPrefix: fmt.Sprintf("sku-%04d", rand.N(1000)), Limit: 500}
		})},
		{name: "a filter that no item fits: all are looked at", measure: list(func() query.ListItems {
			return query.ListItems{Store: "S1", AvailableAtMost: &few, Limit: 500}
		})},
	}, func() { _ = s.store.Close() }, nil
}

// timed does something over and over.
func timed(length time.Duration, do func() error) (sample, error) {
	var durations []time.Duration
	start := time.Now()
	for time.Since(start) < length {
		begin := time.Now()
		if err := do(); err != nil {
			return sample{}, err
		}
		durations = append(durations, time.Since(begin))
	}
	return sample{rate: float64(len(durations)) / time.Since(start).Seconds(), p99: percentile99(durations)}, nil
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
