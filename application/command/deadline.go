package command

import (
	"fmt"
	"time"
)

// MaxTTL is how far ahead a deadline may be at most, in seconds: ten years.
const MaxTTL = 10 * 366 * 24 * 60 * 60

// TTLError refuses a deadline that is further ahead than the service is configured to allow.
type TTLError struct {
	Most int64 // seconds
}

func (e *TTLError) Error() string { return fmt.Sprintf("must be no greater than %d", e.Most) }

// deadline is a number of seconds from now, or none.
func deadline(ttlSeconds *int64, now time.Time) time.Time {
	if ttlSeconds == nil {
		return time.Time{}
	}
	return now.Add(time.Duration(*ttlSeconds) * time.Second)
}
