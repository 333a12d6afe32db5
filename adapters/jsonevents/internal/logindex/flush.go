package logindex

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/domain/event"
)

// Flush is the changes of an index on their way to its tier.
type Flush struct {
	part
	x    *Index
	ids  []event.StreamID // of streams, sorted
	used []usedKey        // the keys; those in memory may become fewer meanwhile
	mark Mark
}

// Cut begins a flush of all changes up to the last commit of an origin, or returns the one before,
// whose Write has failed. It returns nil if the tier has everything. One goroutine flushes at a time.
func (x *Index) Cut(of Origin) (f *Flush, last bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.flushing != nil {
		return x.flushing, false
	}
	if of.Last.Position == x.state.Position {
		return nil, true
	}
	f = &Flush{part: x.dirty, x: x, used: x.dirty.keys.queue, mark: newMark(of, x.state.Events)}
	f.mark.Since, f.mark.Buckets = x.state.Since, x.state.Buckets
	x.dirty, x.flushing = newPart(), f
	return f, true
}

// Write makes the changes durable and lets them leave memory. After an error they stay there, and
// Write may be called again.
func (f *Flush) Write() error {
	w := batchWriter{}
	f.ids = slices.Sorted(maps.Keys(f.streams))
	for _, id := range f.ids {
		t := f.streams[id]
		w.put(appendName(w.arena(), streamPrefix, id), t.append)
	}
	for _, id := range slices.Sorted(maps.Keys(f.tokens)) {
		w.put(appendName(w.arena(), tokenPrefix, id), func(dst []byte) []byte {
			return binary.AppendVarint(dst, f.tokens[id])
		})
	}
	mark := f.mark
	mark.Buckets = f.putKeys(&w)
	if dropped := f.dropKeys(&w, &mark); dropped > 0 {
		mark.Buckets = mark.Buckets[dropped:]
	}
	w.batch.Put(markKey, mark.encode())
	if err := f.x.tier.Write(&w.batch); err != nil {
		return fmt.Errorf("write the index of the log: %w", err)
	}
	f.x.finish(f, &mark)
	return nil
}

// putKeys writes the keys into their buckets, and returns the buckets.
func (f *Flush) putKeys(w *batchWriter) []int64 {
	buckets, length := slices.Clone(f.mark.Buckets), f.x.options.KnowKeys.Microseconds()/2
	for rest := f.used; len(rest) > 0; {
		if n := len(buckets); n == 0 || rest[0].at >= buckets[n-1]+length {
			buckets = append(buckets, rest[0].at)
		}
		newest := buckets[len(buckets)-1]
		n := 1
		for n < len(rest) && rest[n].at < newest+length {
			n++
		}
		some := slices.Clone(rest[:n])
		slices.SortFunc(some, func(a, b usedKey) int { // of two uses of a key the later one stays
			return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.at, b.at))
		})
		for i := range some {
			w.put(appendKey(w.arena(), newest, &some[i].key), some[i].append)
		}
		rest = rest[n:]
	}
	return buckets
}

// dropKeys deletes the buckets of keys that need not be known any more, and returns how many.
func (f *Flush) dropKeys(w *batchWriter, mark *Mark) int {
	over := mark.Time.Add(-f.x.options.KnowKeys).UnixMicro()
	n := 0
	for n+1 < len(mark.Buckets) && mark.Buckets[n+1] <= over {
		w.batch.DeleteRange(appendKey(nil, mark.Buckets[n], nil), appendKey(nil, mark.Buckets[n]+1, nil))
		n++
		mark.Since = max(mark.Since, mark.Buckets[n])
	}
	return n
}

// moved is how many tails move to the cache at a time. The index is locked only meanwhile.
const moved = 256

// finish lets the changes of a durable flush leave memory.
func (x *Index) finish(f *Flush, mark *Mark) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for n, id := range f.ids {
		x.tails.put(id, f.streams[id])
		if n%moved == moved-1 {
			x.mu.Unlock()
			x.mu.Lock()
		}
	}
	mark.Events, mark.Since = x.state.Events, max(mark.Since, x.state.Since)
	x.state, x.flushing = *mark, nil
	x.dropped++
}

// batchWriter builds a batch. The keys and values share pieces of memory.
type batchWriter struct {
	batch orderedkv.Batch
	piece []byte
}

const pieceBytes = 64 << 10

// arena returns memory to append a key to, and its value after it.
func (w *batchWriter) arena() []byte {
	if cap(w.piece)-len(w.piece) < pieceBytes/64 {
		w.piece = make([]byte, 0, pieceBytes)
	}
	return w.piece[len(w.piece):]
}

// put adds a pair; the key was appended to arena.
func (w *batchWriter) put(key []byte, value func([]byte) []byte) {
	pair := value(key)
	n := len(key)
	w.batch.Put(pair[:n:n], pair[n:len(pair):len(pair)])
	if free := w.piece[len(w.piece):cap(w.piece)]; len(pair) <= len(free) {
		w.piece = w.piece[:len(w.piece)+len(pair)]
	}
}
