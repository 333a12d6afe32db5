package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/onhand/onhand/domain/stock"
)

// openMemory tells what items, holds and idempotency keys take: the live heap
// of this process before and after.
func openMemory(b *bench, at *site) ([]row, error) {
	at.note("Growth of the live heap. A hold has one line, a commit one key. At 1,000 writes/s a store whose keys live for " +
		"a day knows 172,800,000 keys.")
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
			name: fmt.Sprintf("idempotency key, of %s", count(b.events)), once: true,
			goals:   []goal{valueAtMost(40, "bytes", "memory per idempotency key, 5,000,000 keys")},
			measure: func(time.Duration) (sample, error) { return memoryOfKeys(b) }, doubt: b.stock.doubt,
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
