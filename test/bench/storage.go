package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
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
		var took []time.Duration
		start := time.Now()
		for time.Since(start) < length {
			begin := time.Now()
			if _, err := file.Write(line); err != nil {
				return sample{}, err
			}
			if err := datasync(file); err != nil {
				return sample{}, err
			}
			took = append(took, time.Since(begin))
		}
		return rate(took, time.Since(start)), nil
	}}
}

func openAppendOne(_ *bench, at *site) ([]row, error) {
	return openAppend(at, 1, ratioAtLeast(0.75, "append, 1 caller, beside a raw loop"))
}

func openAppendMany(_ *bench, at *site) ([]row, error) {
	return openAppend(at, 256, valueAtLeast(40_000, "commits/s", "append, 256 callers"),
		p99AtMost(10*time.Millisecond, "append, 256 callers, p99"))
}

func openAppend(at *site, callers int, goals ...goal) ([]row, error) {
	store, err := jsonevents.Open(filepath.Join(at.dir, "data"), jsonevents.Options{})
	if err != nil {
		return nil, err
	}
	at.atEnd(func() { _ = store.Close() })
	raw := rawLoop(at.dir)
	versions := make([]event.Version, callers)
	appended := row{name: fmt.Sprintf("EventStore.Append, callers: %d", callers), against: raw.name, goals: goals}
	appended.measure = func(length time.Duration) (sample, error) {
		var all sync.WaitGroup
		var mu sync.Mutex
		var took []time.Duration
		var failure error
		start := time.Now()
		for n := range callers {
			all.Go(func() {
				own, err := appendUntil(store, n, &versions[n], start.Add(length))
				mu.Lock()
				defer mu.Unlock()
				took = append(took, own...)
				if err != nil {
					failure = err
				}
			})
		}
		all.Wait()
		return rate(took, time.Since(start)), failure
	}
	return []row{raw, appended}, nil
}

const data = `{"delta":-1,"reason":"sale","reference":"order-123456","after":{"onHand":99,"reserved":0,"damaged":0,"qualityControl":0,"incoming":0,"available":99,"policy":{"safetyStock":0,"oversellLimit":0},"version":12345}}`

// appendUntil is one caller: a stream of its own, one commit after the other.
func appendUntil(store *jsonevents.Store, n int, version *event.Version, deadline time.Time) ([]time.Duration, error) {
	stream := event.StreamID(fmt.Sprintf("stock/S1/sku-%d", n))
	var took []time.Duration
	for {
		begin := time.Now()
		if begin.After(deadline) {
			return took, nil
		}
		results, err := store.Append(context.Background(), []ports.Commit{{
			ID: someID, Time: begin, RequestID: someID,
			Events: []ports.Event{{
				Stream: stream, Version: *version + 1, Type: "stock.adjusted.v1", Time: begin, Data: []byte(data),
			}},
		}})
		if err == nil {
			err = results[0].Err
		}
		if err != nil {
			return took, err
		}
		*version++
		took = append(took, time.Since(begin))
	}
}
