package ottercache

import (
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/maypok86/otter/v2/stats"

	"github.com/onhand/onhand/ports"
)

// Options are the measures of a cache.
type Options struct {
	Name     string
	MaxBytes int64         // of all keys and values together; at least 1
	TTL      time.Duration // how long a value is kept at most; above 0
}

// entryBytes is about what an entry takes beside its key and value.
const entryBytes = 128

// Cache implements ports.Cache. Make one with New.
type Cache struct {
	name    string
	max     int64
	entries *otter.Cache[string, []byte]
	seed    maphash.Seed
	stripes [4096]stripe // so many that a key is seldom disturbed by another
}

// stripe holds the generation of the keys that fall to it. It moves with each
// invalidation, under the lock, and Put compares it under the lock, so that nothing
// is put that was made before.
type stripe struct {
	mu         sync.Mutex
	generation uint64
}

// New makes an empty cache. Close ends its upkeep.
func New(o Options) (*Cache, error) {
	entries, err := otter.New(&otter.Options[string, []byte]{
		MaximumWeight:    uint64(max(1, o.MaxBytes)),
		Weigher:          weigh,
		ExpiryCalculator: otter.ExpiryWriting[string, []byte](o.TTL),
		StatsRecorder:    stats.NewCounter(),
	})
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return &Cache{name: o.Name, max: o.MaxBytes, entries: entries, seed: maphash.MakeSeed()}, nil
}

func weigh(key string, value []byte) uint32 {
	return uint32(min(int64(len(key))+int64(len(value))+entryBytes, 1<<31))
}

func (c *Cache) stripe(key string) *stripe {
	return &c.stripes[maphash.String(c.seed, key)%uint64(len(c.stripes))]
}

// Get implements ports.Cache.
func (c *Cache) Get(key string) (value []byte, ticket ports.CacheTicket, ok bool) {
	if value, ok = c.entries.GetIfPresent(key); ok {
		return value, ports.CacheTicket{}, true
	}
	s := c.stripe(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, ports.CacheTicket{Key: key, Generation: s.generation}, false
}

// Put implements ports.Cache.
func (c *Cache) Put(ticket ports.CacheTicket, value []byte) {
	s := c.stripe(ticket.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation == ticket.Generation {
		c.entries.Set(ticket.Key, value)
	}
}

// Invalidate implements ports.Cache.
func (c *Cache) Invalidate(key string) {
	s := c.stripe(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	c.entries.Invalidate(key)
}

// Status implements ports.Cache.
func (c *Cache) Status() ports.CacheStatus {
	c.entries.CleanUp() // counts what its upkeep has not come to yet
	seen := c.entries.Stats()
	return ports.CacheStatus{
		Name: c.name, Entries: c.entries.EstimatedSize(),
		Bytes: int64(c.entries.WeightedSize()), Limit: c.max, //nolint:gosec // it is bounded by Limit
		Hits: int64(seen.Hits), Misses: int64(seen.Misses), //nolint:gosec // so many nobody asks
	}
}

// Close ends the upkeep in the background.
func (c *Cache) Close() { c.entries.StopAllGoroutines() }
