package logindex

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
)

func TestAKeyThatWasUsedTwiceIsRememberedFromItsLastUse(t *testing.T) {
	const second = int64(time.Second / time.Microsecond)
	// Keys lived for a second when the key was used again; now they live for ten.
	key, first, again := HashKey("K"), logline.Offset{Byte: 1}, logline.Offset{Byte: 2}
	for now, want := range map[int64]bool{9: true, 10: true, 11: true, 12: false} {
		keys := newKeyTable(10 * time.Second)
		keys.add(remembered{key: key, commit: first, at: 0})
		keys.add(remembered{key: key, commit: again, at: 2 * second})
		keys.forget(now * second)
		found, known := keys.find(key, now*second)
		require.Equal(t, want, known, now)
		if known {
			require.Equal(t, again, found)
		}
		require.Len(t, keys.numbers, len(map[bool][]int{true: {1}, false: nil}[want]))
	}
}
