package httpapi

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// The charges to the budget, in bytes that are sent from memory: with the cost of a piece of
// 64 KiB spread over them, each takes some 2 ns of processor time (BenchmarkPieces). A read of the
// log takes about twice its charge, so that a slow follower can catch up while others write.
const (
	costPerWrite   = 4 << 10  // some 10 µs to write anything at all
	costPerLogRead = 64 << 10 // 220 µs for a commit alone, which must be found
	costPerLogByte = 1        // of a commit in memory: 2 to 5 ns to read, check, decode and perhaps encode it
)

// chunk is how much of the budget is taken at a time. A follower that needs more queues
// again, after those that have arrived meanwhile.
const chunk = 128 << 10

// budget is what all followers together may take of the service, so that the rest is left
// for writers. It is given out in the order in which followers ask.
type budget struct {
	limiter *rate.Limiter // nil if there is no limit

	bytes  atomic.Int64 // sent
	waited atomic.Int64 // by all followers, in ns
}

func newBudget(perSecond int64) *budget {
	if perSecond == 0 {
		return &budget{}
	}
	return &budget{limiter: rate.NewLimiter(rate.Limit(perSecond), chunk)}
}

// cost returns the charge for a piece that needed some reads of the log.
func cost(sent int, reads, logBytes int64) int64 {
	n := reads*costPerLogRead + logBytes*costPerLogByte
	if sent > 0 {
		n += int64(sent) + costPerWrite
	}
	return n
}

// reserve queues for the next chunk of n bytes, or for fewer if n is less.
func (b *budget) reserve(n int64) *rate.Reservation {
	return b.limiter.ReserveN(time.Now(), int(min(n, chunk))) //nolint:forbidigo // the limiter's clock
}

// waiter is the follower that waits for the budget. The wait ends with an error when ctx or
// ending ends, or when heartbeat fires and beat fails.
type waiter struct {
	ctx       context.Context //nolint:containedctx // lives as long as the wait
	ending    context.Context //nolint:containedctx // of all followers
	heartbeat <-chan time.Time
	beat      func() error
}

// acquire waits for n bytes of the budget.
func (b *budget) acquire(w waiter, n int64) error {
	for b.limiter != nil && n > 0 {
		reserved := b.reserve(n)
		n -= chunk
		if delay := reserved.Delay(); delay > 0 {
			if err := b.wait(w, delay); err != nil {
				reserved.Cancel()
				return err
			}
		}
	}
	return nil
}

// acquireOrReject is acquire for a page, which is answered or refused: it queues once, and
// not at all if the budget would come too late.
func (b *budget) acquireOrReject(w waiter, n int64) error {
	if b.limiter == nil {
		return nil
	}
	var reserved []*rate.Reservation
	for ; n > 0; n -= chunk {
		reserved = append(reserved, b.reserve(n))
	}
	if len(reserved) == 0 {
		return nil
	}
	delay := reserved[len(reserved)-1].Delay()
	if delay == 0 {
		return nil
	}
	end, limited := w.ctx.Deadline()
	err := fmt.Errorf("%w: the budget would come in %s", errTooManyFollowers, delay)
	if !limited || time.Until(end) > delay { //nolint:forbidigo // the limiter's clock
		err = b.wait(w, delay)
	}
	for i := len(reserved) - 1; err != nil && i >= 0; i-- {
		reserved[i].Cancel()
	}
	return err
}

func (b *budget) wait(w waiter, delay time.Duration) error {
	begin := time.Now()                                       //nolint:forbidigo // measures, decides nothing
	defer func() { b.waited.Add(int64(time.Since(begin))) }() //nolint:forbidigo // measures, decides nothing
	timer := time.NewTimer(delay)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return nil
		case <-w.ctx.Done():
			return w.ctx.Err()
		case <-w.ending.Done():
			return errShuttingDown
		case <-w.heartbeat:
			if err := w.beat(); err != nil {
				return err
			}
		}
	}
}
