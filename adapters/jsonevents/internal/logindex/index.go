package logindex

import (
	"maps"
	"slices"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// Index has the places of streams and keys in the log. It is not safe for concurrent use.
type Index struct {
	streams map[event.StreamID]tail
	keys    keyTable
	tokens  map[event.StreamID]int64 // the highest fencing token of each stream
	highest int64                    // of all tokens
	events  int64
	// before holds the tails that have changed since the last Copy, as they were then. It is nil
	// while no copy needs them.
	before map[event.StreamID]tail
}

// New returns an empty index that remembers keys for keyTTL.
func New(keyTTL time.Duration) *Index {
	return &Index{
		streams: map[event.StreamID]tail{},
		keys:    newKeyTable(keyTTL),
		tokens:  map[event.StreamID]int64{},
	}
}

// Stream returns the newest version of a stream and the offset of its commit.
func (x *Index) Stream(id event.StreamID) (newest event.Version, at logline.Offset, found bool) {
	t, found := x.streams[id]
	return t.version, t.last, found
}

// Key returns the offset of the commit that used a key, if the key is remembered at a time.
func (x *Index) Key(key KeyHash, at time.Time) (logline.Offset, bool) {
	return x.keys.find(key, at.UnixMicro())
}

// ForgetKeys drops the keys whose time is over.
func (x *Index) ForgetKeys(at time.Time) { x.keys.forget(at.UnixMicro()) }

// Streams returns the number of streams.
func (x *Index) Streams() int { return len(x.streams) }

// Keys returns the number of keys in memory.
func (x *Index) Keys() int { return len(x.keys.queue) }

// Events returns the number of events in the log.
func (x *Index) Events() int64 { return x.events }

// HighestToken returns the highest fencing token in the log.
func (x *Index) HighestToken() int64 { return x.highest }

// RaiseToken notes a fencing token where the rest of its commit is not indexed.
func (x *Index) RaiseToken(token int64) { x.highest = max(x.highest, token) }

// set replaces the tail of a stream.
func (x *Index) set(id event.StreamID, t tail) {
	if x.before != nil {
		if _, kept := x.before[id]; !kept {
			x.before[id] = x.streams[id]
		}
	}
	x.streams[id] = t
}

// raise notes a fencing token of a stream.
func (x *Index) raise(id event.StreamID, token int64) {
	x.tokens[id] = token
	x.highest = max(x.highest, token)
}

// sameStreams reports whether two indexes have the same streams and tokens.
func (x *Index) sameStreams(other *Index) bool {
	return maps.EqualFunc(x.streams, other.streams, tail.equal) &&
		maps.Equal(x.tokens, other.tokens) && x.highest == other.highest
}

// sameKeys reports whether two indexes have the same keys that live at a time for ttl microseconds.
func (x *Index) sameKeys(other *Index, at time.Time, ttl int64) bool {
	return slices.Equal(x.keys.live(at.UnixMicro(), ttl), other.keys.live(at.UnixMicro(), ttl))
}
