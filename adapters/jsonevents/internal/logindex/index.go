package logindex

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Options configure an index.
type Options struct {
	KnowKeys   time.Duration // how long a key is known at least, from its commit's time to that of the last
	MaxKeys    int           // in memory, which no flush has made durable yet
	MaxStreams int           // likewise; 0: no limit
	Tails      int           // in the cache
	NoKeys     bool          // keys are not taken
}

// absentKeys is how many keys are remembered that callers have looked up in vain: the commit that
// uses such a key comes soon.
const absentKeys = 1 << 16

// Index has the places of streams and keys in the log. All methods may be called at the same time.
type Index struct {
	options Options
	tier    tier // its Store is nil where all is in memory

	mu       sync.Mutex // not held while the tier is used
	dirty    part       // what has changed since the last flush began
	flushing *Flush     // whose outcome is not known yet, or nil
	tails    generations[event.StreamID, tail]
	absent   generations[KeyHash, struct{}]
	dropped  uint64 // the flushes whose changes have left memory
	state    Mark   // of the last flush; Events are those of the log
	keysFrom int64  // keys of earlier commits are not taken
	tokens   map[event.StreamID]int64
	highest  int64 // of all tokens
}

// part is a part of the index in memory.
type part struct {
	streams map[event.StreamID]tail
	keys    keyTable
	tokens  map[event.StreamID]int64
}

func newPart() part {
	return part{streams: map[event.StreamID]tail{}, keys: newKeyTable(), tokens: map[event.StreamID]int64{}}
}

// New returns an empty index. The store, which is empty or nil, is its tier.
func New(store orderedkv.Store, o Options) *Index {
	x := &Index{options: o, tier: tier{store}}
	x.clear()
	return x
}

// Open returns the index in a store, and its mark; nil if there is none.
func Open(store orderedkv.Store, o Options) (*Index, *Mark, error) {
	x := New(store, o)
	line, found, err := x.tier.Get(markKey)
	if err != nil || !found {
		return x, nil, err
	}
	mark := decodeMark(line)
	if mark == nil {
		return x, nil, nil
	}
	x.state = *mark
	if x.tokens, err = x.tier.tokens(); err != nil {
		return x, nil, err
	}
	for _, token := range x.tokens {
		x.RaiseToken(token)
	}
	return x, mark, nil
}

// Reset empties the index. Keys of commits before a time need not be known.
func (x *Index) Reset(keysFrom time.Time) error {
	var b orderedkv.Batch
	b.DeleteRange(everything[0], everything[1])
	if err := x.tier.Write(&b); err != nil {
		return fmt.Errorf("empty the index: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.clear()
	if !keysFrom.IsZero() {
		x.keysFrom = keysFrom.UnixMicro()
		x.state.Since = x.keysFrom
	}
	return nil
}

func (x *Index) clear() {
	x.dirty, x.flushing = newPart(), nil
	x.tails = generations[event.StreamID, tail]{limit: x.options.Tails}
	x.absent = generations[KeyHash, struct{}]{limit: absentKeys}
	x.state, x.keysFrom = Mark{Since: math.MinInt64}, math.MinInt64
	x.tokens, x.highest = map[event.StreamID]int64{}, 0
	if x.options.NoKeys {
		x.keysFrom = math.MaxInt64
	}
}

// ErrLookup means that the tier cannot be read.
var ErrLookup = fmt.Errorf("%w: the index of the log cannot be read", ports.ErrUnavailable)

// Stream returns the newest version of a stream and the offset of its commit; version 0 if there is
// no such stream. Errors are ErrLookup.
func (x *Index) Stream(id event.StreamID) (newest event.Version, at logline.Offset, err error) {
	t, err := x.tail(id, false)
	return t.version, t.last, err
}

// Key returns the offset of the last commit that used a key, as long as the index knows it. Errors
// are ErrLookup.
func (x *Index) Key(key KeyHash) (logline.Offset, bool, error) {
	k, found, err := x.key(key)
	return k.commit, found, err
}

// Warm brings the tails and the key that a commit needs into memory, so that the committer finds
// them there. Errors are ErrLookup.
func (x *Index) Warm(c *ports.Commit, key KeyHash) error {
	if x.tier.Store == nil {
		return nil
	}
	var last event.StreamID
	for i := range c.Events {
		if id := c.Events[i].Stream; i == 0 || id != last {
			last = id
			if _, err := x.tail(id, true); err != nil {
				return err
			}
		}
	}
	if c.Key == "" {
		return nil
	}
	_, _, err := x.key(key)
	return err
}

// tail looks a stream up, in memory first. The tail of a stream that does not exist is zero.
func (x *Index) tail(id event.StreamID, keep bool) (tail, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		t, known := x.tailInMemory(id)
		if known || x.tier.Store == nil {
			return t, nil
		}
		before := x.dropped
		x.mu.Unlock()
		t, err := x.tier.tail(id)
		x.mu.Lock()
		if err != nil {
			return tail{}, fmt.Errorf("%w: %w", ErrLookup, err)
		}
		if x.dropped != before {
			continue // it may have changed since, and left memory
		}
		if newer, known := x.tailInMemory(id); known {
			return newer, nil
		}
		if keep {
			x.tails.put(id, t)
		}
		return t, nil
	}
}

func (x *Index) tailInMemory(id event.StreamID) (tail, bool) {
	if t, ok := x.dirty.streams[id]; ok {
		return t, true
	}
	if x.flushing != nil {
		if t, ok := x.flushing.streams[id]; ok {
			return t, true
		}
	}
	return x.tails.get(id)
}

// key looks a key up, in memory first.
func (x *Index) key(key KeyHash) (usedKey, bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		k, found, known := x.keyInMemory(key)
		if known {
			return k, found, nil
		}
		before, buckets := x.dropped, x.state.Buckets
		x.mu.Unlock()
		k, found, err := x.tier.key(key, buckets)
		x.mu.Lock()
		if err != nil {
			return usedKey{}, false, fmt.Errorf("%w: %w", ErrLookup, err)
		}
		if x.dropped != before {
			continue
		}
		if newer, used, known := x.keyInMemory(key); known {
			return newer, used, nil
		}
		if !found {
			x.absent.put(key, struct{}{})
		}
		return k, found, nil
	}
}

// keyInMemory returns a key, and whether memory is enough to know that it was used or was not.
func (x *Index) keyInMemory(key KeyHash) (k usedKey, found, known bool) {
	if k, found = x.dirty.keys.find(key); found {
		return k, true, true
	}
	if x.flushing != nil {
		if k, found = x.flushing.keys.find(key); found {
			return k, true, true
		}
	}
	if len(x.state.Buckets) == 0 {
		return k, false, true
	}
	_, absent := x.absent.get(key)
	return k, false, absent
}
