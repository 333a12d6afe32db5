package ledger_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// instantStore keeps nothing and takes every commit at once, so that a benchmark
// measures the ledger alone.
type instantStore struct {
	*memory.EventStore
	last atomic.Int64
}

func (s *instantStore) Append(_ context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	fates := make([]ports.Appended, len(commits))
	end := s.last.Add(int64(len(commits)))
	for i := range fates {
		fates[i].Position = event.Position(end - int64(len(commits)-1-i))
	}
	return fates, nil
}

func newInstantLedger() *ledger.Ledger {
	store := &instantStore{EventStore: memory.NewEventStore(time.Minute, time.Now)}
	start := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(start) },
		func(ports.Incident) {})
	var ids atomic.Int64
	return ledger.New(store, store, clock, func() string { return strconv.FormatInt(ids.Add(1), 10) }, ledger.Options{})
}

func BenchmarkExecute(b *testing.B) {
	own := func(worker int) []stock.Key { return []stock.Key{{Store: "S1", SKU: strconv.Itoa(worker)}} }
	for _, bench := range []struct {
		name    string
		workers int
		keys    func(worker int) []stock.Key
		key     bool
	}{
		{"alone", 1, own, false},
		{"spread", 64, own, false},
		{"spread with keys", 64, own, true},
		{"hot", 64, func(int) []stock.Key { return own(0) }, false},
		{"of five items", 64, func(worker int) (keys []stock.Key) {
			for n := range 5 {
				keys = append(keys, own(worker*5+n)...)
			}
			return keys
		}, false},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			l := newInstantLedger()
			var workers atomic.Int64
			b.SetParallelism(max(1, bench.workers/2))
			each := func(next func() bool) {
				worker := int(workers.Add(1))
				r := adjust(1, bench.keys(worker)...)
				for n := 0; next(); n++ {
					if bench.key {
						r.Key = fmt.Sprint(worker, "-", n)
					}
					if _, err := l.Execute(context.Background(), r); err != nil {
						b.Error(err)
						return
					}
				}
			}
			if bench.workers == 1 {
				each(b.Loop)
				return
			}
			b.RunParallel(func(pb *testing.PB) { each(pb.Next) })
		})
	}
}

func BenchmarkItem(b *testing.B) {
	l := newInstantLedger()
	if _, err := l.Execute(context.Background(), adjust(1, a)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := l.Item(context.Background(), a); err != nil {
				b.Error(err)
			}
		}
	})
}
