package logindex

import (
	"crypto/sha256"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
)

// KeyHash stands for an idempotency key in memory. The key itself is in the log.
type KeyHash [16]byte

// HashKey returns the hash of a key.
func HashKey(key string) KeyHash {
	sum := sha256.Sum256([]byte(key))
	return KeyHash(sum[:16])
}

// remembered is one key. It has no pointers, so that garbage collection need not look at
// millions of them.
type remembered struct {
	key    KeyHash
	commit logline.Offset
	at     int64 // the commit's time in microseconds since 1970
}

// keyTable remembers idempotency keys for ttl after their commit's time. Commit times never run
// backwards, so the queue is in the order of expiry. It is only appended to and shortened at its
// front, so a copy of the slice never changes. All times are in microseconds.
type keyTable struct {
	ttl     int64
	numbers map[KeyHash]uint64 // of each key, counted from the first key ever
	queue   []remembered
	gone    uint64 // keys that have left the queue
}

func newKeyTable(ttl time.Duration) keyTable {
	return keyTable{ttl: ttl.Microseconds(), numbers: map[KeyHash]uint64{}}
}

// find returns the commit of a key that is remembered at the given time.
func (t *keyTable) find(key KeyHash, at int64) (logline.Offset, bool) {
	n, ok := t.numbers[key]
	if !ok {
		return logline.Offset{}, false
	}
	r := &t.queue[n-t.gone]
	return r.commit, !t.over(r, at)
}

// knows reports whether a key is in the table.
func (t *keyTable) knows(key KeyHash) bool {
	_, known := t.numbers[key]
	return known
}

// add remembers a key and forgets those whose time is over at its commit.
func (t *keyTable) add(r remembered) {
	t.forget(r.at)
	t.numbers[r.key] = t.gone + uint64(len(t.queue))
	t.queue = append(t.queue, r)
}

// forget drops the keys whose time is over at the given time.
func (t *keyTable) forget(at int64) {
	for len(t.queue) > 0 && t.over(&t.queue[0], at) {
		// A key that was used again, while keys lived for a shorter time, has a later
		// entry too.
		if t.numbers[t.queue[0].key] == t.gone {
			delete(t.numbers, t.queue[0].key)
		}
		t.queue = t.queue[1:]
		t.gone++
	}
}

// over reports whether a key's time is over at the given time.
func (t *keyTable) over(r *remembered, at int64) bool { return at >= r.at+t.ttl }

// live returns the keys that are remembered at the given time if keys live for ttl.
func (t *keyTable) live(at, ttl int64) []remembered {
	for i := range t.queue {
		if at < t.queue[i].at+ttl {
			return t.queue[i:]
		}
	}
	return nil
}
