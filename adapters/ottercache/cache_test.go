package ottercache_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/ottercache"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/cachetest"
)

func open(t *testing.T, o ottercache.Options) *ottercache.Cache {
	cache, err := ottercache.New(o)
	require.NoError(t, err)
	t.Cleanup(cache.Close)
	return cache
}

func TestContract(t *testing.T) {
	cachetest.Run(t, func(_ *testing.T, bytes int64) cachetest.Place {
		return cachetest.Place{Local: true, Open: func(t *testing.T) ports.Cache {
			return open(t, ottercache.Options{Name: "test", MaxBytes: bytes, TTL: time.Hour})
		}}
	})
}

func TestAValueIsKeptForItsTimeOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := open(t, ottercache.Options{Name: "test", MaxBytes: 1 << 20, TTL: time.Minute})
		_, ticket, _, err := cache.Get(t.Context(), "a")
		require.NoError(t, err)
		require.NoError(t, cache.Put(t.Context(), ticket, []byte("1")))
		time.Sleep(59 * time.Second) // of the bubble's time
		_, _, found, err := cache.Get(t.Context(), "a")
		require.NoError(t, err)
		require.True(t, found, "reading does not make it live longer, nor is it over")
		time.Sleep(2 * time.Second)
		_, _, found, err = cache.Get(t.Context(), "a")
		require.NoError(t, err)
		require.False(t, found)
	})
}

func BenchmarkCache(b *testing.B) {
	cache, err := ottercache.New(ottercache.Options{Name: "bench", MaxBytes: 1 << 20, TTL: time.Minute})
	require.NoError(b, err)
	defer cache.Close()
	var keys []string
	for n := range 1000 {
		keys = append(keys, fmt.Sprint("1 sku-", n))
	}
	for name, op := range map[string]func(key string){
		"miss":       func(key string) { _, _, _, _ = cache.Get(b.Context(), key) },
		"invalidate": func(key string) { _ = cache.Invalidate(b.Context(), key) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				op(keys[n%len(keys)])
			}
		})
	}
}
