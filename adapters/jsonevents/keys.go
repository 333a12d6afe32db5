package jsonevents

import (
	"crypto/sha256"
	"time"
)

// keyHash stands for an idempotency key in memory; the key itself is in the log.
type keyHash [16]byte

func hashKey(key string) keyHash {
	sum := sha256.Sum256([]byte(key))
	return keyHash(sum[:16])
}

// remembered is one key: where its commit is and when that was, in microseconds
// since 1970. It has no pointers, so that collecting garbage passes millions of
// them by.
type remembered struct {
	hash  keyHash
	place place
	at    int64
}

// keyTable remembers idempotency keys for ttl after their commit's time. Commit
// times never run backwards, so the queue is in the order of expiry. It is only
// ever appended to and shortened at its front, so a copy of the slice stays as
// it is.
type keyTable struct {
	ttl     int64              // in microseconds
	numbers map[keyHash]uint64 // of each key, counted from the first one ever
	queue   []remembered
	gone    uint64 // keys that have left the queue
}

func newKeyTable(ttl time.Duration) keyTable {
	return keyTable{ttl: ttl.Microseconds(), numbers: map[keyHash]uint64{}}
}

// find returns a key that is remembered at the given time.
func (t *keyTable) find(hash keyHash, at time.Time) (place, bool) {
	n, ok := t.numbers[hash]
	if !ok {
		return place{}, false
	}
	e := &t.queue[n-t.gone]
	return e.place, !t.over(e, at)
}

// add remembers a key and forgets those whose time is over at that commit.
func (t *keyTable) add(hash keyHash, p place, at time.Time) {
	t.forget(at)
	t.numbers[hash] = t.gone + uint64(len(t.queue))
	t.queue = append(t.queue, remembered{hash: hash, place: p, at: at.UnixMicro()})
}

// forget drops the keys whose time is over at the given time.
func (t *keyTable) forget(at time.Time) {
	for len(t.queue) > 0 && t.over(&t.queue[0], at) {
		// A key that was used again, while keys lived for a shorter time, has a later
		// entry too.
		if t.numbers[t.queue[0].hash] == t.gone {
			delete(t.numbers, t.queue[0].hash)
		}
		t.queue = t.queue[1:]
		t.gone++
	}
}

// over tells whether a key's time is over at the given time.
func (t *keyTable) over(e *remembered, at time.Time) bool { return at.UnixMicro() >= e.at+t.ttl }

// live is the keys that are remembered at the given time for ttl microseconds.
func (t *keyTable) live(at time.Time, ttl int64) []remembered {
	for i := range t.queue {
		if at.UnixMicro() < t.queue[i].at+ttl {
			return t.queue[i:]
		}
	}
	return nil
}
