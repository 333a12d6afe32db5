package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"
)

// openSeveral compares one process that has its directory alone with one that would share
// it, and with three that do. All run on the same processors, so three can be no faster: the rows
// show what sharing costs, not what more machines would bring.
func openSeveral(b *bench, at *site) ([]row, error) {
	start := func(data string, environment ...string) (*server, error) {
		s, err := b.onhand(at.dir, filepath.Join(at.dir, data), environment...)
		if err == nil {
			at.atEnd(func() { _ = s.stop() })
		}
		return s, err
	}
	alone, err := start("alone")
	if err != nil {
		return nil, err
	}
	one, err := start("one", "LOCKS_ENABLED=true")
	if err != nil {
		return nil, err
	}
	var three []*server
	for range 3 {
		s, err := start("three", "LOCKS_ENABLED=true")
		if err != nil {
			return nil, err
		}
		three = append(three, s)
	}
	for _, s := range []*server{alone, one, three[0]} {
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	spread := adjustments(manySKUs)
	var reads [][]byte
	for n := range manySKUs {
		reads = append(reads, get(item(n)))
	}
	var rows []row
	for _, kind := range []struct {
		name     string
		requests [][]byte
	}{{"durable adjust, 10,000 SKUs", spread}, {"durable adjust, one SKU", spread[:1]}, {"GET item, 10,000 SKUs", reads}} {
		reference := over(b, kind.name+", alone", alone, kind.requests)
		sharing := over(b, kind.name+", one process with LOCKS_ENABLED", one, kind.requests)
		several := overAll(b, kind.name+", three processes", three, kind.requests)
		sharing.against, several.against = reference.name, reference.name
		rows = append(rows, reference, sharing, several)
	}
	return rows, nil
}

// overAll returns a row that is a load on several servers, each over its share of the
// connections.
func overAll(b *bench, name string, servers []*server, requests [][]byte) row {
	return row{name: name, server: servers[0], measure: func(length time.Duration) (sample, error) {
		var loads sync.WaitGroup
		var mu sync.Mutex
		var all []answered
		var failure error
		begin := time.Now()
		for n, s := range servers {
			loads.Go(func() {
				// Each begins elsewhere, so that they do not walk over the items side by side.
				from := n * len(requests) / len(servers)
				l := load{s.address, append(requests[from:len(requests):len(requests)], requests[:from]...)}
				own, err := l.trace(b.connections/len(servers), begin, func(now time.Duration) bool { return now > length })
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failure = errors.Join(failure, fmt.Errorf("process %d: %w", n, err))
				}
				all = append(all, own...)
			})
		}
		loads.Wait()
		return rate(durations(all), time.Since(begin)), failure
	}}
}
