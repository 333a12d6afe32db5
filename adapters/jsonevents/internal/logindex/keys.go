package logindex

import (
	"crypto/sha256"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
)

// KeyHash stands for an idempotency key in the index. The key itself is in the log.
type KeyHash [16]byte

// HashKey returns the hash of a key.
func HashKey(key string) KeyHash {
	sum := sha256.Sum256([]byte(key))
	return KeyHash(sum[:16])
}

// usedKey is one key. It has no pointers, so that garbage collection need not look at millions of
// them.
type usedKey struct {
	key    KeyHash
	commit logline.Offset
	at     int64 // the commit's time in microseconds since 1970
}

// keyTable is keys in the order of their commits. Commit times never run backwards. The queue is
// only appended to and shortened at its front, so a copy of the slice never changes.
type keyTable struct {
	numbers map[KeyHash]uint64 // of each key, counted from the first key ever
	queue   []usedKey
	gone    uint64 // keys that have left the queue
}

func newKeyTable() keyTable { return keyTable{numbers: map[KeyHash]uint64{}} }

func (t *keyTable) len() int { return len(t.queue) }

// find returns the last use of a key.
func (t *keyTable) find(key KeyHash) (usedKey, bool) {
	n, ok := t.numbers[key]
	if !ok {
		return usedKey{}, false
	}
	return t.queue[n-t.gone], true
}

func (t *keyTable) add(k usedKey) {
	t.numbers[k.key] = t.gone + uint64(len(t.queue))
	t.queue = append(t.queue, k)
}

// forgetFirst drops the oldest key, unless it was used again: then its later entry stays.
func (t *keyTable) forgetFirst() {
	if key := t.queue[0].key; t.numbers[key] == t.gone {
		delete(t.numbers, key)
	}
	t.queue = t.queue[1:]
	t.gone++
}
