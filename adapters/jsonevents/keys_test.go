package jsonevents

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAKeyThatWasUsedTwiceIsRememberedFromItsLastUse(t *testing.T) {
	// Keys lived for a second when it was used again; now they live for ten.
	keys := newKeyTable(10 * time.Second)
	first := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	hash := hashKey("K")
	keys.add(hash, place{offset: 1}, first)
	keys.add(hash, place{offset: 2}, first.Add(2*time.Second))
	for after, want := range map[time.Duration]bool{9: true, 10: true, 11: true, 12: false} {
		at := first.Add(after * time.Second)
		other := keyTable{ttl: keys.ttl, numbers: map[keyHash]uint64{}}
		other.add(hash, place{offset: 1}, first)
		other.add(hash, place{offset: 2}, first.Add(2*time.Second))
		other.forget(at)
		found, known := other.find(hash, at)
		require.Equal(t, want, known, after)
		if known {
			require.Equal(t, place{offset: 2}, found)
		}
		require.Len(t, other.numbers, len(map[bool][]int{true: {1}, false: nil}[want]))
	}
}
