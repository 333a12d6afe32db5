package feed

import (
	"context"

	"github.com/onhand/onhand/domain/event"
)

// What one Read goes through in the log at most, so that its time is bounded
// whatever the filter.
const (
	maxScanned      = 10_000
	maxScannedBytes = 16 << 20
)

// Follower goes through the commits that its filter lets through, in order. It is
// for one goroutine.
type Follower struct {
	tail   *Tail
	filter Filter
	at     event.Position
	reads  int64 // in the log
	bytes  int64 // that it went through there

	wake  chan struct{} // has a token when there may be something new
	topic *topic        // nil until it waits for the first time; the tail's lock guards its members
}

// Follow returns a follower that begins after a position. The caller closes it.
func (t *Tail) Follow(f Filter, after event.Position) *Follower {
	t.mu.Lock()
	t.followers++ // from here on the tail does not fall asleep
	t.mu.Unlock()
	t.use()
	return &Follower{tail: t, filter: f, at: max(after, 0), wake: make(chan struct{}, 1)}
}

// Close ends the following.
func (f *Follower) Close() {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	f.tail.followers--
	f.tail.index.leave(f)
}

// Position returns the position up to which the follower has gone through the log. All
// commits that pass its filter and that it has not handed over yet come after it.
func (f *Follower) Position() event.Position { return f.at }

// FromLog is how often, so far, the follower has read the log itself, since memory
// did not have what came next, and about how many bytes of memory the commits there
// took. It is far more work than to share what memory has.
func (f *Follower) FromLog() (reads, bytes int64) { return f.reads, f.bytes }

// Ready is a channel that gives something when Read may find something. It is the
// same at each call.
func (f *Follower) Ready() <-chan struct{} {
	if f.topic == nil {
		f.tail.mu.Lock()
		defer f.tail.mu.Unlock()
		f.tail.index.join(f, f.tail.ring.end)
		f.signal() // commits since the last Read woke no follower
	}
	return f.wake
}

func (f *Follower) signal() {
	select {
	case f.wake <- struct{}{}:
	default: // it knows
	}
}

// Read continues from Position and hands the commits that pass to take, until take
// returns false: it wants no more after this one. It does not wait. It stops where
// memory ends, or after a bounded part of the log: then more says so, and Position
// has moved although nothing may have been handed over.
func (f *Follower) Read(ctx context.Context, take func(*Commit) bool) (more bool, err error) {
	buffer := buffers.Get().(*buffer)
	defer buffer.free()
	for {
		batch, to, where := f.tail.passing(f, buffer[:0])
		switch where {
		case atEnd:
			return false, nil
		case before:
			if more, err := f.readLog(ctx, take); more || err != nil {
				return more, err
			}
			continue
		}
		for _, c := range batch {
			if f.at = c.Position; c.Passes(f.filter) && !take(c) {
				return true, nil
			}
		}
		f.at = to
	}
}

// passing is the next commits for a follower that memory has, and up to where it
// has gone with them. Some of them may not pass.
func (t *Tail) passing(f *Follower, buffer []*Commit) (batch []*Commit, to event.Position, _ where) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	switch {
	case f.at >= t.ring.end:
		return nil, f.at, atEnd
	case f.topic == nil || !f.topic.complete(f.at, t.ring.first):
		if !t.ring.has(f.at) {
			return nil, f.at, before
		}
		batch = t.ring.copy(buffer, f.at)
		return batch, batch[len(batch)-1].Position, inRing
	}
	batch, to = buffer, t.ring.end
	for _, p := range f.topic.passing[f.topic.search(f.at+1):] {
		if len(batch) == cap(batch) {
			to = batch[len(batch)-1].Position
			break
		}
		batch = append(batch, *t.ring.slot(p))
	}
	return batch, to, inRing
}

// serves reports whether memory has all that a follower wants next.
func (t *Tail) serves(f *Follower) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.ring.has(f.at) || f.topic != nil && f.topic.complete(f.at, t.ring.first)
}

// readLog reads the log until memory has the commits that come next. More means that it
// stopped before that.
func (f *Follower) readLog(ctx context.Context, take func(*Commit) bool) (more bool, err error) {
	select {
	case f.tail.readers <- struct{}{}:
		defer func() { <-f.tail.readers }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	f.reads++
	scanned, bytes := 0, 0
	for r, err := range f.tail.log.Commits(ctx, f.at) {
		if err != nil {
			return false, err
		}
		c := newCommit(r, f.tail.opts.Encode)
		f.at = r.Position
		bytes += size(&r)
		f.bytes += int64(size(&r))
		if c.Passes(f.filter) && !take(c) {
			return true, nil
		}
		if f.tail.serves(f) {
			return false, nil
		}
		if scanned++; scanned == maxScanned || bytes > maxScannedBytes {
			return true, nil
		}
	}
	return true, ctx.Err()
}
