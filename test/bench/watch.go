package main

import (
	"path/filepath"
	"sync"
	"time"
)

// unfinished is what the name of a file ends with until all of it is durable.
const unfinished = ".tmp"

// span is a stretch of time, from the beginning of a load on.
type span struct{ from, to time.Duration }

// spans are the stretches in which something was seen.
type spans struct {
	all    []span
	inside bool
}

// see notes whether something is there at a time. Times ascend. An observation
// only once has a span all the same, up to the next look.
func (s *spans) see(there bool, at time.Duration) {
	switch {
	case there && !s.inside:
		s.all = append(s.all, span{at, at})
	case s.inside:
		s.all[len(s.all)-1].to = at
	}
	s.inside = there
}

// finished are the spans that ended.
func (s *spans) finished() []span {
	if s.inside {
		return s.all[:len(s.all)-1]
	}
	return s.all
}

// meets reports whether any part of a request fell into a span.
func (s *spans) meets(a answered) bool {
	for _, one := range s.all {
		if a.at <= one.to && a.at+a.took >= one.from {
			return true
		}
	}
	return false
}

// split tells the latencies of requests that met a span from the others.
func (s *spans) split(all []answered) (during, otherwise []time.Duration) {
	for _, a := range all {
		if s.meets(a) {
			during = append(during, a.took)
		} else {
			otherwise = append(otherwise, a.took)
		}
	}
	return during, otherwise
}

// watcher looks every few milliseconds for unfinished files in a directory.
type watcher struct {
	dir   string
	mu    sync.Mutex
	spans spans
}

func (w *watcher) watch(begin time.Time, done <-chan struct{}) {
	looks := time.NewTicker(2 * time.Millisecond)
	defer looks.Stop()
	for {
		found, _ := filepath.Glob(filepath.Join(w.dir, "*"+unfinished))
		w.mu.Lock()
		w.spans.see(len(found) > 0, time.Since(begin))
		w.mu.Unlock()
		select {
		case <-done:
			return
		case <-looks.C:
		}
	}
}

// ended is when the last finished span was over, false for none yet.
func (w *watcher) ended() (time.Duration, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	finished := w.spans.finished()
	if len(finished) == 0 {
		return 0, false
	}
	return finished[len(finished)-1].to, true
}

// snapshotWrites measures adjusts while a snapshot is written and otherwise, in
// one stretch of load: both rows come from it, whichever is asked first.
type snapshotWrites struct {
	load
	dir         string
	connections int
	waiting     map[bool]sample // what the other row has not fetched yet
	never       bool            // no snapshot came while it could
}

// openSnapshotWrites waits for snapshots that the growth of the log triggers.
func openSnapshotWrites(b *bench, at *site) ([]row, error) {
	grown, err := b.stock.server(b)
	if err != nil {
		return nil, err
	}
	w := &snapshotWrites{
		load: load{grown.address, anywhere(b)}, dir: snapshots(b.stock.grown),
		connections: b.connections, waiting: map[bool]sample{},
	}
	at.note("A snapshot is written while a file `*%s` exists; requests in that time count as during. %s.", unfinished, large(b))
	otherwise := row{name: "while no snapshot is written", server: grown, measure: w.half(false)}
	return []row{otherwise, {
		name: "while a snapshot is written", server: grown, against: otherwise.name, measure: w.half(true),
		doubt: b.stock.doubt,
		goals: []goal{ratioAtMost(2, "p99 of adjust during a snapshot")},
	}}, nil
}

func (w *snapshotWrites) half(during bool) func(time.Duration) (sample, error) {
	return func(length time.Duration) (sample, error) {
		one, ok := w.waiting[during]
		if !ok {
			if err := w.window(length); err != nil {
				return sample{}, err
			}
			one, ok = w.waiting[during]
		}
		delete(w.waiting, during)
		if !ok {
			return sample{}, absent("no snapshot was written in %v", patience*length)
		}
		return one, nil
	}
}

// patience is how many lengths of a measurement a window waits for a snapshot.
const patience = 30

// window loads the service until a snapshot was written, and a while longer.
func (w *snapshotWrites) window(length time.Duration) error {
	longest := patience * length
	if w.never {
		longest = length
	}
	begin := time.Now()
	seen := watcher{dir: w.dir}
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { seen.watch(begin, done) })
	all, err := w.trace(w.connections, begin, func(now time.Duration) bool {
		ended, ok := seen.ended()
		return now > longest || ok && now > ended+length
	})
	close(done)
	watching.Wait()
	during, otherwise := seen.spans.split(all)
	w.never = len(during) == 0
	clear(w.waiting)
	for key, took := range map[bool][]time.Duration{true: during, false: otherwise} {
		if len(took) > 0 {
			q := quantilesOf(took)
			w.waiting[key] = sample{value: milliseconds(q.p99), quantiles: q}
		}
	}
	return err
}
