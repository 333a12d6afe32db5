package httpapi

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// What is taken of the budget, in bytes that are sent from memory: with those of a
// piece of 64 KiB it is some 2 ns of processor time for each (BenchmarkPieces). The
// log costs about twice what is taken for it: a follower who has fallen behind shall
// catch up while others write.
const (
	costPerWrite   = 4 << 10  // some 10 µs to write anything at all
	costPerLogRead = 64 << 10 // 220 µs for a commit alone, which must be found
	costPerLogByte = 1        // 2 to 5 ns for each that a commit takes in memory: read, checked, decoded, perhaps encoded
)

// mouthful is how much of the budget is taken at a time: who needs more stands in
// line again, behind those who came meanwhile.
const chunk = 128 << 10

// budget is what all who follow may take of the service together, so that those
// who write have the rest. Who comes first is served first.
type budget struct {
	limiter *rate.Limiter // nil if there is no limit

	bytes  atomic.Int64 // sent
	waited atomic.Int64 // by all, in ns
}

func newBudget(perSecond int64) *budget {
	if perSecond == 0 {
		return &budget{}
	}
	return &budget{limiter: rate.NewLimiter(rate.Limit(perSecond), chunk)}
}

// price is what it takes to send a piece, for which the log was read some times.
func cost(sent int, reads, logBytes int64) int64 {
	n := reads*costPerLogRead + logBytes*costPerLogByte
	if sent > 0 {
		n += int64(sent) + costPerWrite
	}
	return n
}

// take waits for its share until ctx or the followers end. Meanwhile beat is called
// whenever heartbeat fires; its error ends the wait, too.
func (b *budget) acquire(ctx, ending context.Context, n int64, heartbeat <-chan time.Time, beat func() error) error {
	for b.limiter != nil && n > 0 {
		share := b.limiter.ReserveN(time.Now(), int(min(n, chunk))) //nolint:forbidigo // the limiter's clock
		n -= chunk
		if delay := share.Delay(); delay > 0 {
			if err := b.wait(ctx, ending, delay, heartbeat, beat); err != nil {
				share.Cancel()
				return err
			}
		}
	}
	return nil
}

func (b *budget) wait(ctx, ending context.Context, delay time.Duration, heartbeat <-chan time.Time, beat func() error) error {
	begin := time.Now()                                       //nolint:forbidigo // measures, decides nothing
	defer func() { b.waited.Add(int64(time.Since(begin))) }() //nolint:forbidigo // measures, decides nothing
	timer := time.NewTimer(delay)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-ending.Done():
			return errShuttingDown
		case <-heartbeat:
			if err := beat(); err != nil {
				return err
			}
		}
	}
}

// takeAtOnce is take for a page, which is answered or refused: it stands in line
// once, and not at all if its turn would come too late.
func (b *budget) acquireOrReject(ctx, ending context.Context, n int64) error {
	if b.limiter == nil {
		return nil
	}
	var shares []*rate.Reservation
	for ; n > 0; n -= chunk {
		shares = append(shares, b.limiter.ReserveN(time.Now(), int(min(n, chunk)))) //nolint:forbidigo // the limiter's clock
	}
	if len(shares) == 0 {
		return nil
	}
	delay := shares[len(shares)-1].Delay()
	if delay == 0 {
		return nil
	}
	end, limited := ctx.Deadline()
	err := fmt.Errorf("%w: its turn would come in %s", errTooManyFollowers, delay)
	if !limited || time.Until(end) > delay { //nolint:forbidigo // the limiter's clock
		err = b.wait(ctx, ending, delay, nil, nil)
	}
	for i := len(shares) - 1; err != nil && i >= 0; i-- {
		shares[i].Cancel()
	}
	return err
}
