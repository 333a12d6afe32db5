package ports

// Cache keeps what was costly to make for a while. It may forget anything at any
// time, keeps a bounded amount, and nothing for longer than a fixed time. It is
// for views that say how old they are, never for reads that must be of now.
type Cache interface {
	// Get finds what is kept under a key. Otherwise it returns a ticket for Put,
	// taken before the value is made. The value must not be changed.
	Get(key string) (value []byte, ticket CacheTicket, ok bool)

	// Put keeps a value, unless its key was invalidated since the ticket was
	// taken: what was made from an older state must not outlive the newer one. The
	// cache has the value from now on.
	Put(ticket CacheTicket, value []byte)

	// Invalidate forgets a key. Who calls Get after it has returned finds nothing
	// that was made before.
	Invalidate(key string)

	// Status tells how the cache stands.
	Status() CacheStatus
}

// CacheTicket says what was asked for, and when.
type CacheTicket struct {
	Key        string
	Generation uint64
}

// CacheStatus is how a cache stands.
type CacheStatus struct {
	Name         string
	Entries      int
	Bytes, Limit int64 // of the entries, about; Limit is what they may come to
	Hits, Misses int64 // since the start
}
