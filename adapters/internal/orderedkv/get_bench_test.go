package orderedkv_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
)

// BenchmarkGet looks up keys of a store with a million pairs, such as hashes of idempotency keys.
func BenchmarkGet(b *testing.B) {
	d, err := orderedkv.Open(b.TempDir(), orderedkv.Options{MissesAreCommon: true})
	require.NoError(b, err)
	const pairs, batch = 1_000_000, 10_000
	key := func(i int) []byte {
		sum := sha256.Sum256(fmt.Append(nil, i))
		return sum[:16]
	}
	for i := 0; i < pairs; i += batch {
		write(b, d, func(changes *orderedkv.Batch) {
			for j := range batch {
				changes.Put(key(i+j), make([]byte, 24))
			}
		})
	}
	for _, c := range []struct {
		name  string
		first int
	}{{"known", 0}, {"unknown", pairs}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, found, err := d.Get(key(c.first + i*7919%pairs))
				require.NoError(b, err)
				require.Equal(b, c.first == 0, found)
			}
		})
	}
	require.NoError(b, d.Close())
}
