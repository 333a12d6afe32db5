package logindex

import (
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// Origin identifies the log of an index, and the last commit in it.
type Origin struct {
	Store    string // the id of the store
	Last     logline.Tip
	Segments []event.Position // up to the one that the next commit goes to
}

// Copy is the index as it was after one commit, while later commits change the index. It is
// copy-on-write: it shares everything that cannot change, and the index keeps the tails that do.
type Copy struct {
	beginning
	index  *Index
	keys   []remembered
	tokens map[event.StreamID]int64
}

// Copy returns a copy of the index as it is now, of an origin. There is one at a time, until Release.
func (x *Index) Copy(of Origin) *Copy {
	x.before = map[event.StreamID]tail{}
	return &Copy{
		beginning: beginning{
			Origin:  of,
			events:  x.events,
			streams: len(x.streams),
			keys:    len(x.keys.queue),
			keyTTL:  x.keys.ttl,
		},
		index:  x,
		keys:   x.keys.queue,
		tokens: maps.Clone(x.tokens),
	}
}

// Release ends the copy, so that the index keeps no more tails for it.
func (c *Copy) Release() { c.index.before = nil }

// Last returns the commit after which the index was copied.
func (c *Copy) Last() logline.Tip { return c.beginning.Last }

// copied is how many tails are copied at a time. The index is locked only meanwhile.
const copied = 512

var errLostStream = errors.New("the index lost a stream")

// Records returns the lines of a saved index: its beginning, then the streams, the fencing tokens
// and the idempotency keys. The lock protects the index; a read lock is enough. A record is valid
// until the next.
func (c *Copy) Records(lock sync.Locker) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		r := &records{Copy: c, yield: yield}
		if r.record(c.append(nil)) && r.allStreams(lock) && r.allTokens() {
			r.allKeys()
		}
	}
}

// records yields the records of a copy. Its methods report whether the caller wants more.
type records struct {
	*Copy
	yield func([]byte, error) bool
	line  []byte // its memory is used again
}

func (r *records) record(line []byte) bool {
	r.line = line
	return r.yield(line, nil)
}

func (r *records) allStreams(lock sync.Locker) bool {
	seen := 0
	for some := range r.tails(lock) {
		for i := range some {
			seen++
			if !r.record(some[i].append(r.line[:0], r.Segments)) {
				return false
			}
		}
	}
	if seen != r.streams {
		r.yield(nil, errLostStream) // a defect of this package; no saved index is better than a wrong one
		return false
	}
	return true
}

func (r *records) allTokens() bool {
	for _, id := range slices.Sorted(maps.Keys(r.tokens)) {
		t := savedToken{stream: id, token: r.tokens[id]}
		if !r.record(t.append(r.line[:0])) {
			return false
		}
	}
	return true
}

func (r *records) allKeys() bool {
	for i := range r.keys {
		if !r.record(r.keys[i].append(r.line[:0], r.Segments)) {
			return false
		}
	}
	return true
}

// tails yields the copied tails, some at a time. The map changes between two steps, which
// iterating over it allows: streams are only ever added, and a stream that is there from the
// beginning comes exactly once.
func (c *Copy) tails(lock sync.Locker) iter.Seq[[]savedStream] {
	return func(yield func([]savedStream) bool) {
		some := make([]savedStream, 0, copied)
		lock.Lock()
		defer lock.Unlock()
		for id, t := range c.index.streams {
			if before, changed := c.index.before[id]; changed {
				t = before
			}
			if t.version == 0 {
				continue // the stream is younger than the copy
			}
			if some = append(some, savedStream{id: id, tail: t}); len(some) < copied {
				continue
			}
			if !unlocked(lock, func() bool { return yield(some) }) {
				return
			}
			some = some[:0]
		}
		unlocked(lock, func() bool { return yield(some) })
	}
}

// unlocked calls do without the lock.
func unlocked(lock sync.Locker, do func() bool) bool {
	lock.Unlock()
	defer lock.Lock()
	return do()
}
