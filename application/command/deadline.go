package command

import (
	"fmt"
	"strconv"
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

// withDeadline is an operation that may give a reservation a deadline.
type withDeadline interface {
	// limitTTL takes over the maximum of seconds to a deadline, and checks it.
	limitTTL(most int64) error
}

// limitTTL returns the error of an operation whose deadline is further ahead than a maximum of
// seconds; 0 is no maximum.
func limitTTL(op Operation, most int64) error {
	if o, ok := op.(withDeadline); ok && most > 0 {
		return o.limitTTL(most)
	}
	return nil
}

func checkTTL(ttlSeconds *int64, most int64) error {
	if ttlSeconds != nil && *ttlSeconds > most {
		return validation.Errors{"ttlSeconds": &TTLError{Most: most}}
	}
	return nil
}

func (c *ReserveStock) limitTTL(most int64) error {
	if c.TTLSeconds == nil {
		c.ttl = &most
	}
	return checkTTL(c.TTLSeconds, most)
}

func (c *ExtendReservation) limitTTL(most int64) error { return checkTTL(c.TTLSeconds, most) }

func (b *Batch) limitTTL(most int64) error {
	faults := validation.Errors{}
	for i, op := range b.Operations {
		if err := limitTTL(op, most); err != nil {
			faults[strconv.Itoa(i)] = err
		}
	}
	if len(faults) > 0 {
		return validation.Errors{"operations": faults}
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
