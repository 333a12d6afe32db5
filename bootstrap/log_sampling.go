package bootstrap

import (
	"sync"

	"github.com/onhand/onhand/adapters/httpapi"
)

// maxSampledLines bounds the lines about repeated requests in a second, of all clients together.
const maxSampledLines = 1000

// lineSampler leaves repeated requests out of the log: of those that are alike, the first of each
// second gets a line, with the number of those that had none in the last second with a line.
// Metrics count all of them.
type lineSampler struct {
	mu     sync.Mutex
	second int64
	// now has the kinds of the current second, before those of the last one, each with the
	// number of requests without a line.
	now, before map[httpapi.Repeats]int
}

// admit reports whether a request gets a line.
func (s *lineSampler) admit(r *httpapi.Record) bool {
	kind := r.Repeats()
	if kind == (httpapi.Repeats{}) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	second := r.Time.Unix()
	if second > s.second || second < s.second-1 { // the clock was set back
		s.before, s.now, s.second = s.now, map[httpapi.Repeats]int{}, second
	}
	if omitted, repeated := s.now[kind]; repeated {
		s.now[kind] = omitted + 1
		return false
	}
	if len(s.now) == maxSampledLines {
		return false
	}
	s.now[kind] = 0
	r.Omitted = s.before[kind]
	return true
}
