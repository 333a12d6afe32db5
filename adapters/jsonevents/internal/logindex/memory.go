package logindex

import "github.com/onhand/onhand/domain/event"

// Changes returns the number of streams and keys that no flush has made durable.
func (x *Index) Changes() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.changedStreams() + x.keys()
}

// ChangedStreams returns the number of streams whose changes no flush has made durable; of two
// changes on either side of the beginning of a flush, both count.
func (x *Index) ChangedStreams() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.changedStreams()
}

func (x *Index) changedStreams() int {
	if x.flushing == nil {
		return len(x.dirty.streams)
	}
	return len(x.flushing.streams) + len(x.dirty.streams)
}

// changed reports whether a stream has changes that no flush has made durable.
func (x *Index) changed(id event.StreamID) bool {
	_, is := x.dirty.streams[id]
	if !is && x.flushing != nil {
		_, is = x.flushing.streams[id]
	}
	return is
}

// Keys returns the number of keys in memory.
func (x *Index) Keys() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.keys()
}

func (x *Index) keys() int {
	if x.flushing == nil {
		return x.dirty.keys.len()
	}
	return x.flushing.keys.len() + x.dirty.keys.len()
}

// Streams returns the number of streams of an index that is all in memory.
func (x *Index) Streams() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.dirty.streams)
}

// Events returns the number of events in the log.
func (x *Index) Events() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state.Events
}

// HighestToken returns the highest fencing token in the log.
func (x *Index) HighestToken() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.highest
}

// RaiseToken notes a fencing token where the rest of its commit is not indexed.
func (x *Index) RaiseToken(token int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.highest = max(x.highest, token)
}

func (x *Index) token(id event.StreamID) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.tokens[id]
}

// over reports whether the time of a key in memory is over, counted from the oldest.
func (x *Index) over(n int, now int64) bool {
	if x.flushing != nil {
		older := x.flushing.keys.queue
		if n < len(older) {
			return now >= older[n].at+x.options.KnowKeys.Microseconds()
		}
		n -= len(older)
	}
	queue := x.dirty.keys.queue
	return n < len(queue) && now >= queue[n].at+x.options.KnowKeys.Microseconds()
}

// addKey takes a key. If the table is full, the oldest whose time is over leaves it for good.
func (x *Index) addKey(k usedKey) {
	if k.at < x.keysFrom {
		return
	}
	x.absent.remove(k.key)
	x.dirty.keys.add(k)
	for x.tier.Store != nil && x.keys() > x.options.MaxKeys && x.over(0, k.at) {
		if x.flushing != nil && x.flushing.keys.len() > 0 {
			x.flushing.keys.forgetFirst()
			continue
		}
		x.state.Since = max(x.state.Since, x.dirty.keys.queue[0].at+1)
		x.dirty.keys.forgetFirst()
	}
}
