package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// openMemory tells what items, holds and idempotency keys take: the live heap
// of this process before and after.
func openMemory(b *bench, at *site) ([]row, error) {
	at.note("Growth of the live heap. A hold has one line, a commit one key.")
	return []row{
		{
			name: fmt.Sprintf("item, of %s", count(b.items)), once: true,
			goals:   []goal{valueAtMost(500, "bytes", "memory per item, 1,000,000 items")},
			measure: func(time.Duration) (sample, error) { return memoryOfItems(b) }, doubt: b.stock.doubt,
		},
		{
			name: "live hold, of 100,000 on 100 items", once: true,
			measure: func(time.Duration) (sample, error) { return memoryOfHolds(filepath.Join(at.dir, "holds")) },
		},
		{
			name: fmt.Sprintf("idempotency key, of %s", count(b.items)), once: true,
			measure: func(time.Duration) (sample, error) { return memoryOfKeys(filepath.Join(at.dir, "keys"), b.items) },
		},
	}, nil
}

func memoryOfItems(b *bench) (sample, error) {
	data, err := b.stock.million()
	if err != nil {
		return sample{}, err
	}
	before := heap()
	s, err := openService(data)
	if err != nil {
		return sample{}, err
	}
	view, err := viewOf(s.store)
	if err != nil {
		return sample{}, err
	}
	grown := s.heap() - before
	runtime.KeepAlive(view)
	return sample{value: grown / float64(b.items)}, s.close()
}

func memoryOfHolds(data string) (sample, error) {
	s, err := openService(data)
	if err != nil {
		return sample{}, err
	}
	keys := make([]stock.Key, 100)
	for n := range keys {
		keys[n] = stock.Key{Store: "S1", SKU: sku(n)}
		if err := s.adjust(keys[n], 1); err != nil {
			return sample{}, err
		}
	}
	before := s.heap()
	for _, k := range keys {
		if err := s.fill(k, crowd/len(keys), 86_400); err != nil {
			return sample{}, err
		}
	}
	grown := s.heap() - before
	return sample{value: grown / crowd}, s.close()
}

// memoryOfKeys writes commits with keys on one item, so that nothing else grows.
func memoryOfKeys(data string, keys int) (sample, error) {
	store, err := jsonevents.Open(data, jsonevents.Options{KeyTTL: time.Hour})
	if err != nil {
		return sample{}, err
	}
	before := heap()
	const together = 500
	for n := 0; n < keys; n += together {
		some := make([]ports.Commit, 0, together)
		for i := n; i < min(n+together, keys); i++ {
			c := adjusted(oldSKU, event.Version(i+1))
			c.Key, c.Fingerprint, c.Result = fmt.Sprintf("order-%012d", i), someID, []byte(`{}`)
			some = append(some, c)
		}
		if err := appendAll(store, some); err != nil {
			return sample{}, err
		}
	}
	grown := heap() - before
	return sample{value: grown / float64(keys)}, store.Close()
}
