package httpapi

import (
	"golang.org/x/sync/semaphore"

	"github.com/onhand/onhand/ports"
)

// uncountedBodyBytes is how much memory a body gets before any of it has arrived. The quota
// does not count it.
const uncountedBodyBytes = 16 << 10

// bodyQuota bounds the memory of all bodies that are being read or worked on. Bodies that
// arrive slowly hold no permit to work, so there can be many of them.
type bodyQuota struct {
	memory    *semaphore.Weighted // in bytes; nil is no bound
	exhausted *ports.FullError
}

func newBodyQuota(bytes int64) *bodyQuota {
	q := &bodyQuota{exhausted: &ports.FullError{Name: "bodies", Limit: int(bytes)}}
	if bytes > 0 {
		q.memory = semaphore.NewWeighted(bytes)
	}
	return q
}

// bodyShare is what one request holds of the quota.
type bodyShare struct {
	*bodyQuota
	bytes int64
}

// acquire takes more, to be released when the request ends.
func (s *bodyShare) acquire(bytes int64) error {
	if s.memory == nil {
		return nil
	}
	if !s.memory.TryAcquire(bytes) {
		return s.exhausted
	}
	s.bytes += bytes
	return nil
}

// release gives all of it back.
func (s *bodyShare) release() {
	if s.bytes > 0 {
		s.memory.Release(s.bytes)
		s.bytes = 0
	}
}
