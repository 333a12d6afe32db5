package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// commitBytes is about what an adjustment takes in the log.
const commitBytes = 640

// rawLoop writes and syncs a file, as fast as one thread can.
func rawLoop(dir string) row {
	return row{name: "raw loop: write 640 bytes, fdatasync", measure: func(length time.Duration) (sample, error) {
		file, err := os.CreateTemp(dir, "raw")
		if err != nil {
			return sample{}, err
		}
		defer func() { _ = file.Close() }()
		line := make([]byte, commitBytes)
		var durations []time.Duration
		start := time.Now()
		for time.Since(start) < length {
			begin := time.Now()
			if _, err := file.Write(line); err != nil {
				return sample{}, err
			}
			if err := syscall.Fdatasync(int(file.Fd())); err != nil {
				return sample{}, err
			}
			durations = append(durations, time.Since(begin))
		}
		return sample{rate: float64(len(durations)) / time.Since(start).Seconds(), p99: percentile99(durations)}, nil
	}}
}

func openAppendOne(_ settings, dir string) ([]row, func(), error) {
	return openAppend(dir, 1, "≥ 0.75")
}

func openAppendMany(_ settings, dir string) ([]row, func(), error) {
	return openAppend(dir, 256, "≥ 40,000/s, p99 ≤ 10 ms")
}

func openAppend(dir string, callers int, target string) ([]row, func(), error) {
	store, err := jsonevents.Open(filepath.Join(dir, "data"), jsonevents.Options{})
	if err != nil {
		return nil, nil, err
	}
	versions := make([]event.Version, callers)
	appended := row{name: fmt.Sprintf("EventStore.Append, %d callers", callers), target: target}
	appended.measure = func(length time.Duration) (sample, error) {
		var all sync.WaitGroup
		var mu sync.Mutex
		var durations []time.Duration
		var failure error
		start := time.Now()
		for n := range callers {
			all.Go(func() {
				own, err := appendUntil(store, n, &versions[n], start.Add(length))
				mu.Lock()
				defer mu.Unlock()
				durations = append(durations, own...)
				if err != nil {
					failure = err
				}
			})
		}
		all.Wait()
		return sample{rate: float64(len(durations)) / time.Since(start).Seconds(), p99: percentile99(durations)}, failure
	}
	return []row{rawLoop(dir), appended}, func() { _ = store.Close() }, nil
}

const data = `{"delta":-1,"reason":"sale","reference":"order-123456","after":{"onHand":99,"reserved":0,"damaged":0,"qualityControl":0,"incoming":0,"available":99,"policy":{"safetyStock":0,"oversellLimit":0},"version":12345}}`

// appendUntil is one caller: a stream of its own, one commit after the other.
func appendUntil(store *jsonevents.Store, n int, version *event.Version, deadline time.Time) ([]time.Duration, error) {
	stream := event.StreamID(fmt.Sprintf("stock/S1/sku-%d", n))
	var durations []time.Duration
	for {
		begin := time.Now()
		if begin.After(deadline) {
			return durations, nil
		}
		results, err := store.Append(context.Background(), []ports.Commit{{
			ID: "0190a3c0-968c-79da-8e45-5ebd5d89c4a3", Time: begin, RequestID: "0190a3c0-968c-79da-8e45-5ebd5d89c4a3",
			Events: []ports.Event{{Stream: stream, Version: *version + 1, Type: "stock.adjusted.v1", Time: begin, Data: []byte(data)}},
		}})
		if err == nil {
			err = results[0].Err
		}
		if err != nil {
			return durations, err
		}
		*version++
		durations = append(durations, time.Since(begin))
	}
}
