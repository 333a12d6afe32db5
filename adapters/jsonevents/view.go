package jsonevents

import (
	"sort"
	"sync"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// view is the log as readers see it: its durable part, and the index of that.
type view struct {
	grown      *bell
	flush      chan struct{} // calls the flusher
	flushAfter int           // so many changes

	mu     sync.RWMutex // protects everything below
	log    logState
	others event.Position // of the last commit that another process wrote
	closed time.Time      // the closed timestamp
}

// tip returns the last commit.
func (v *view) tip() logline.Tip {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.log.last
}

// head returns the end of the log, with the latest time that the view knows of: that of the last
// commit, or the closed timestamp.
func (v *view) head() ports.Head {
	v.mu.RLock()
	defer v.mu.RUnlock()
	last := &v.log.last
	return ports.Head{Position: last.Position, Time: later(last.Time, v.closed), Token: v.log.index.HighestToken()}
}

// end returns where the log ends, and the hash of its last line.
func (v *view) end() (logline.Offset, logline.Hash) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.log.offset(), v.log.chain
}

// nextHeader returns the header of a segment that follows the log.
func (v *view) nextHeader() *logline.Header {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return &logline.Header{
		Segment: v.log.last.Position + 1, Store: v.log.store, Token: v.log.index.HighestToken(), Prev: v.log.chain,
	}
}

// span returns the commits from a position to the end of its segment; false if there are none.
func (v *view) span(from event.Position) (segment.Span, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if from > v.log.last.Position {
		return segment.Span{}, false
	}
	firsts := v.log.segments
	i := max(1, sort.Search(len(firsts), func(i int) bool { return firsts[i] > from }))
	if i < len(firsts) {
		return segment.Span{Segment: firsts[i-1], Next: from, Last: firsts[i] - 1}, true
	}
	return segment.Span{Segment: firsts[i-1], Next: from, Last: v.log.last.Position, End: v.log.end}, true
}

// status fills in the members that the view knows.
func (v *view) status(limits Limits, s *ports.StoreStatus) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	s.Position, s.Events = v.log.last.Position, v.log.index.Events()
	s.Details = ports.StoreDetails{Bytes: v.log.bytes, Hash: v.log.last.Hash.String()}
	s.Tables = []ports.Table{
		{Name: ports.KeysTable, Entries: v.log.index.Keys(), Limit: limits.Keys},
		{Name: ports.ChangedTable, Entries: v.log.index.ChangedStreams(), Limit: limits.Keys},
	}
}

// isClosed reports whether no commit is written any more that was decided before t.
func (v *view) isClosed(t time.Time) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return !v.closed.Before(t)
}

// lastOfOthers returns the position of the last commit that another process wrote.
func (v *view) lastOfOthers() event.Position {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.others
}

// close raises the closed timestamp.
func (v *view) close(t time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = later(v.closed, t)
}

// publish shows a durable group of commits.
func (v *view) publish(b *batch) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b.pending.Apply()
	v.log.last, v.log.chain = b.last, b.last.Hash
	v.log.end += int64(len(b.lines))
	v.log.bytes += int64(len(b.lines))
	v.grown.ring()
	v.callFlusher()
}

// callFlusher calls the flusher if the index has many changes.
func (v *view) callFlusher() {
	if n := v.log.index.Changes(); n >= v.flushAfter {
		select {
		case v.flush <- struct{}{}:
		default:
		}
	}
}

// roll adds a segment that has its header only.
func (v *view) roll(end logline.Offset, chain logline.Hash) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.log.segments = append(v.log.segments, end.Segment)
	v.log.chain, v.log.end = chain, end.Byte
	v.log.bytes += end.Byte
}

// extend shows lines of a segment that another process wrote, up to the first bad one.
func (v *view) extend(s *scanner, first event.Position, lines []segment.Parsed) (fault *lineFault) {
	for _, p := range lines {
		if p.Line != nil {
			_ = v.log.index.Warm(&p.Line.Commit, logindex.KeyHash{}) // without the lock; an error comes again
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	last, bytes := v.log.last.Position, v.log.bytes
	s.log = &v.log
	for _, p := range lines {
		if fault = s.check(p, first); fault != nil {
			break
		}
	}
	if v.log.last.Position > last {
		v.others = v.log.last.Position
	}
	if v.log.bytes > bytes {
		v.grown.ring()
		v.callFlusher()
	}
	return fault
}

// cut begins a flush of the index.
func (v *view) cut() (f *logindex.Flush, last bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.log.cut()
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
