package ports

import "context"

// Cache holds values that were costly to make, for a while. It may forget any of them at any
// time, holds a bounded number of bytes, and holds no value for longer than a fixed time. It may
// be in this process or elsewhere, and shared with other processes. All methods may be called at
// the same time.
//
// A cache is for answers that say how old they are, never for reads that must be current. No
// caller depends on it: an error of Get or Put counts as a miss.
type Cache interface {
	// Get returns the value under a key, which the caller must not change. Otherwise it returns
	// a ticket for Put; the caller gets it before it makes the value. After an error there is
	// neither. Errors are ErrUnavailable and the context's.
	Get(ctx context.Context, key string) (value []byte, ticket CacheTicket, found bool, err error)

	// Put stores a value under the ticket's key, unless the key was invalidated after the
	// ticket was given, by whichever process: a value of an older state must not outlive a
	// newer state. The cache owns the value from then on. After an error the value may or may
	// not be stored. Errors are those of Get.
	Put(ctx context.Context, ticket CacheTicket, value []byte) error

	// Invalidate removes the value under a key. After it has returned, no Get finds a value
	// whose ticket was given before. After an error the key may still have such a value: the
	// caller must not Get the key again before an Invalidate of it has succeeded. Errors are
	// those of Get.
	Invalidate(ctx context.Context, key string) error

	// Status returns the condition of the cache, for metrics. Errors are those of Get.
	Status(ctx context.Context) (CacheStatus, error)
}

// CacheTicket is a key that was not found, and the state of the cache at that time.
type CacheTicket struct {
	Key        string
	Generation uint64 // of the key's invalidations
}

// CacheStatus is the condition of a cache.
type CacheStatus struct {
	Name         string
	Entries      int
	Bytes, Limit int64 // of the entries, approximately, and at most
	Hits, Misses int64 // of this process, since its start
}
