package projection

import (
	"time"

	"github.com/onhand/onhand/ports"
)

// backoff is how long the whole projection waits, and why. The zero value does not wait.
type backoff struct {
	attempts int // failed in a row
	until    time.Time
	cause    string
	gone     bool // the receiver wants no more events
}

// active reports whether the projection must wait.
func (b *backoff) active(now time.Time) bool { return b.gone || now.Before(b.until) }

// reason says why the projection waits; "" if there is no reason but the time.
func (b *backoff) reason(now time.Time) string {
	switch {
	case b.gone:
		return ports.ErrGone.Error()
	case now.Before(b.until):
		return b.cause
	}
	return ""
}

// wait makes the projection wait without counting an attempt.
func (b *backoff) wait(until time.Time, cause error) { b.until, b.cause = until, clip(cause) }

// failed counts a failed attempt and makes the projection wait. There is no last attempt:
// the last delay is repeated.
func (b *backoff) failed(cause error, retry Retry, now time.Time) {
	b.attempts++
	delay, more := retry(b.attempts)
	if !more {
		b.attempts--
		delay, _ = retry(b.attempts)
	}
	b.wait(now.Add(max(delay, time.Millisecond)), cause)
}

// expire ends the wait; the attempts still count.
func (b *backoff) expire() { b.until = time.Time{} }

// retryNow ends the wait, also of a receiver that wanted no more events.
func (b *backoff) retryNow() { b.until, b.gone = time.Time{}, false }

// succeeded forgets the failed attempts.
func (b *backoff) succeeded() { b.attempts, b.until, b.cause = 0, time.Time{}, "" }
