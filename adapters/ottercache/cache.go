package ottercache

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/maypok86/otter/v2/stats"

	"github.com/onhand/onhand/ports"
)

// Options are the limits of a cache.
type Options struct {
	Name     string
	MaxBytes int64         // of all keys and values together; at least 1
	TTL      time.Duration // the longest time for which a value is stored; above 0
}

// entryBytes is the approximate size of an entry without its key and value.
const entryBytes = 128

// Cache implements ports.Cache. Make one with New.
type Cache struct {
	name    string
	max     int64
	entries *otter.Cache[string, []byte]
	seed    maphash.Seed
	stripes [4096]stripe // so many that two keys in use seldom share one
}

// stripe holds the generation of the keys that hash to it. Each invalidation raises it under the
// lock, and Put compares it under the lock, so that no value is stored that was made before.
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
func (c *Cache) Get(ctx context.Context, key string) (value []byte, ticket ports.CacheTicket, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, ticket, false, err
	}
	if value, found = c.entries.GetIfPresent(key); found {
		return value, ticket, true, nil
	}
	s := c.stripe(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, ports.CacheTicket{Key: key, Generation: s.generation}, false, nil
}

// Put implements ports.Cache.
func (c *Cache) Put(ctx context.Context, ticket ports.CacheTicket, value []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := c.stripe(ticket.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation == ticket.Generation {
		c.entries.Set(ticket.Key, value)
	}
	return nil
}

// Invalidate implements ports.Cache.
func (c *Cache) Invalidate(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := c.stripe(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	c.entries.Invalidate(key)
	return nil
}

// Status implements ports.Cache.
func (c *Cache) Status(ctx context.Context) (ports.CacheStatus, error) {
	if err := ctx.Err(); err != nil {
		return ports.CacheStatus{}, err
	}
	c.entries.CleanUp() // its upkeep may be late, and its counts with it
	seen := c.entries.Stats()
	return ports.CacheStatus{
		Name: c.name, Entries: c.entries.EstimatedSize(),
		Bytes: int64(c.entries.WeightedSize()), Limit: c.max, //nolint:gosec // it is bounded by Limit
		Hits: int64(seen.Hits), Misses: int64(seen.Misses), //nolint:gosec // there are never so many
	}, nil
}

// Close ends the upkeep in the background.
func (c *Cache) Close() { c.entries.StopAllGoroutines() }
