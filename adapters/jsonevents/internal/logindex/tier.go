package logindex

import (
	"encoding/binary"
	"errors"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// The first bytes of the keys in the tier.
const (
	markPrefix   = 'm'
	streamPrefix = 's'
	tokenPrefix  = 't'
	keyPrefix    = 'k'
)

var markKey = []byte{markPrefix}

// everything is the range of all keys of the tier.
var everything = [2][]byte{{0}, {0xff}}

// tier is the part of the index that is not in memory.
type tier struct{ orderedkv.Store }

var errValue = errors.New("a value of the index has another form")

func (t tier) tail(id event.StreamID) (tail, error) {
	value, found, err := t.Get(appendName(nil, streamPrefix, id))
	if err != nil || !found {
		return tail{}, err
	}
	return decodeTail(value)
}

// key finds a key in the buckets, the newest first.
func (t tier) key(key KeyHash, buckets []int64) (usedKey, bool, error) {
	for i := len(buckets) - 1; i >= 0; i-- {
		value, found, err := t.Get(appendKey(nil, buckets[i], &key))
		if err != nil {
			return usedKey{}, false, err
		}
		if found {
			k, err := decodeKey(key, value)
			return k, err == nil, err
		}
	}
	return usedKey{}, false, nil
}

// tokens reads all fencing tokens.
func (t tier) tokens() (map[event.StreamID]int64, error) {
	all := map[event.StreamID]int64{}
	for pair, err := range t.Scan([]byte{tokenPrefix}, []byte{tokenPrefix + 1}, false) {
		if err != nil {
			return nil, err
		}
		token, n := binary.Varint(pair.Value)
		if n <= 0 {
			return nil, errValue
		}
		all[event.StreamID(pair.Key[1:])] = token
	}
	return all, nil
}

func appendName(dst []byte, prefix byte, id event.StreamID) []byte {
	return append(append(dst, prefix), id...)
}

// appendKey appends the key of an idempotency key, or of the beginning of a bucket.
func appendKey(dst []byte, bucket int64, key *KeyHash) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, keyPrefix), uint64(bucket)) //nolint:gosec // only its identity counts
	if key != nil {
		dst = append(dst, key[:]...)
	}
	return dst
}

func appendOffset(dst []byte, o logline.Offset) []byte {
	return binary.AppendVarint(binary.AppendVarint(dst, int64(o.Segment)), o.Byte)
}

func (t *tail) append(dst []byte) []byte {
	dst = appendOffset(binary.AppendVarint(dst, int64(t.version)), t.last)
	for a := t.anchors; a != nil; a = a.higher {
		dst = appendOffset(dst, a.at)
	}
	return dst
}

func (k *usedKey) append(dst []byte) []byte {
	return binary.AppendVarint(appendOffset(dst, k.commit), k.at)
}

func decodeTail(value []byte) (tail, error) {
	r := reader{rest: value}
	t := tail{version: event.Version(r.integer()), last: r.offset()}
	for higher := &t.anchors; len(r.rest) > 0 && !r.bad; higher = &(*higher).higher {
		*higher = &anchor{at: r.offset()}
	}
	return t, r.err()
}

func decodeKey(key KeyHash, value []byte) (usedKey, error) {
	r := reader{rest: value}
	k := usedKey{key: key, commit: r.offset(), at: r.integer()}
	return k, r.err()
}

// reader reads integers from a value.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) integer() int64 {
	i, n := binary.Varint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return i
}

func (r *reader) offset() logline.Offset {
	return logline.Offset{Segment: event.Position(r.integer()), Byte: r.integer()}
}

func (r *reader) err() error {
	if r.bad || len(r.rest) > 0 {
		return errValue
	}
	return nil
}
