package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"time"
)

// large names the size of the grown store.
func large(b *bench) string {
	return fmt.Sprintf("%s items and %s events", count(b.items), count(b.events))
}

// anywhere is up to 100,000 adjustments of items all over the grown store: so
// many that each finds its item out of the processor's caches.
func anywhere(b *bench) [][]byte {
	requests := make([][]byte, min(100_000, b.items))
	for n := range requests {
		requests[n] = adjustment(n * 7919 % b.items)
	}
	return requests
}

func openGrownAdjust(b *bench, at *site) ([]row, error) {
	empty, err := b.onhand(at.dir, filepath.Join(at.dir, "data"))
	if err != nil {
		return nil, err
	}
	at.atEnd(func() { _ = empty.stop() })
	grown, err := b.stock.server(b)
	if err != nil {
		return nil, err
	}
	reference := over(b, "durable adjust, 10,000 SKUs, store empty before", empty, adjustments(manySKUs))
	full := over(b, "durable adjust, "+count(len(anywhere(b)))+" SKUs of "+large(b), grown, anywhere(b))
	full.against, full.doubt = reference.name, b.stock.doubt
	full.goals = []goal{ratioAtLeast(0.9, "adjust, 1,000,000 items, 5,000,000 events, beside empty")}
	return []row{reference, full}, nil
}

// openGrownReads asks for lists and for the past, one request at a time.
func openGrownReads(b *bench, at *site) ([]row, error) {
	grown, err := b.stock.server(b)
	if err != nil {
		return nil, err
	}
	newest := b.events / 5 // of the old item
	first, last, err := grown.span(oldSKU)
	if err != nil {
		return nil, err
	}
	at.note("The item has %s events.", count(newest))
	ask := func(name string, several int, path func() string, goals ...goal) row {
		requests := make([][]byte, several)
		for n := range requests {
			requests[n] = get(path())
		}
		r := over(b, name, grown, requests)
		r.measure = func(length time.Duration) (sample, error) {
			return load{grown.address, requests}.run(1, length)
		}
		r.goals, r.doubt = goals, b.stock.doubt
		return r
	}
	const list = "/v1/stores/S1/items"
	return []row{
		ask("a page of 500 items", 1000, func() string {
			return fmt.Sprintf("%s?limit=500&skuPrefix=%s", list, sku(rand.N(b.items))[:8])
		}),
		ask("a filter without matches", 1, func() string { return list + "?limit=500&availableAtMost=0" }),
		ask("an item at a version", 1000, func() string {
			return fmt.Sprintf("%s/%s?version=%d", list, oldSKU, 1+rand.N(newest))
		}),
		ask("an item at a time", 1000, func() string {
			at := first.Add(rand.N(last.Sub(first)))
			return fmt.Sprintf("%s/%s?asOf=%s", list, oldSKU, url.QueryEscape(at.Format(time.RFC3339Nano)))
		}, p99AtMost(50*time.Millisecond, "an item with 1,000,000 events at a time, p99")),
	}, nil
}

// span is when an item's first and last events happened.
func (s *server) span(sku string) (first, last time.Time, err error) {
	for query, at := range map[string]*time.Time{"?version=1": &first, "": &last} {
		text, err := s.fetch("/v1/stores/S1/items/" + sku + query)
		if err != nil {
			return first, last, err
		}
		var item struct {
			UpdatedAt time.Time `json:"updatedAt"`
		}
		if err := json.Unmarshal(text, &item); err != nil {
			return first, last, err
		}
		*at = item.UpdatedAt
	}
	return first, last, nil
}
