package command

import (
	"fmt"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"
)

// MaxTTL is how far ahead a deadline may be at most, in seconds: ten years.
const MaxTTL = 10 * 366 * 24 * 60 * 60

// TTLError refuses a deadline that is further ahead than the service is configured to allow.
type TTLError struct {
	Most int64 // seconds
}

func (e *TTLError) Error() string { return fmt.Sprintf("must be no greater than %d", e.Most) }

// checkTTL refuses a number of seconds above a maximum; 0 is none.
func (r Rules) checkTTL(ttlSeconds *int64) error {
	if most := r.MaxTTL; most > 0 && ttlSeconds != nil && *ttlSeconds > most {
		return validation.Errors{"ttlSeconds": &TTLError{Most: most}}
	}
	return nil
}

// deadline is a number of seconds from now, or none.
func deadline(ttlSeconds *int64, now time.Time) time.Time {
	if ttlSeconds == nil {
		return time.Time{}
	}
	return now.Add(time.Duration(*ttlSeconds) * time.Second)
}
