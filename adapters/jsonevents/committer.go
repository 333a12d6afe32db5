package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/ports"
)

// committer is the one writer of the log in this process. It belongs to its goroutine.
type committer struct {
	opts     *Options
	queue    *queue
	log      *exclusiveLog
	head     *headSaver
	view     *view
	health   *health
	follower *follower
	stopped  chan struct{} // closed when the goroutine has ended

	pending *logindex.Pending // of a batch
	buffer  []byte            // of the lines of a batch
	group   []*request        // that is being served
}

// run serves the queue until it is closed and empty.
func (c *committer) run() {
	defer close(c.stopped)
	t := tasks{
		requests: c.queue.wake,
		idle:     time.NewTimer(c.opts.IdleAfter), probes: time.NewTicker(c.opts.ProbeEvery),
	}
	defer t.idle.Stop()
	defer t.probes.Stop()
	for {
		switch t.next() {
		case serve:
			// One group at a time: under load that never pauses, a full disk must be tried again
			// all the same.
			if c.serve() {
				c.queue.signal()
			} else if c.queue.drained() {
				return
			}
			t.idle.Reset(c.opts.IdleAfter)
		case saveHead:
			if !c.saveHead() {
				t.idle.Reset(c.opts.ProbeEvery)
			}
		case probe:
			if c.probe() {
				t.idle.Reset(c.opts.IdleAfter)
			}
		}
	}
}

// serve commits one group; false if nothing waited.
func (c *committer) serve() bool {
	if c.queue.empty() {
		return false
	}
	err := c.health.condition().writable()
	if err == nil || errors.Is(err, ports.ErrReadOnly) { // closing a timestamp needs no room
		err = errors.Join(c.log.acquire(), err)
	}
	c.group = c.queue.take(c.group[:0]) // now, since more may have come
	if err == nil && c.segmentFull() {
		err = c.guarded(c.roll)
	}
	if err == nil {
		err = c.commit()
	}
	if errors.Is(err, ports.ErrReadOnly) && c.log.exclusive() { // it was so before, or this group has found out
		c.group = c.closeTimestamps(err)
		err = nil
	}
	c.log.release()
	for _, r := range c.group {
		r.answer(err)
	}
	return true
}

// segmentFull reports whether the next group begins a segment. A segment without a commit is never
// followed: the next one would get its name.
func (c *committer) segmentFull() bool {
	end := c.log.writer.End()
	last := c.view.tip()
	return end.Byte >= c.opts.SegmentBytes && last.Position >= end.Segment
}

// roll begins a segment.
func (c *committer) roll() error {
	if err := c.log.roll(); err != nil {
		return err
	}
	c.head.try() // if it fails, the next quiet moment tries again
	return c.health.condition().usable()
}

// commit writes the group, syncs it, tells other processes and shows it, in this order. Then it
// may be answered.
func (c *committer) commit() error {
	b := c.seal()
	if b.failed != nil {
		return b.failed
	}
	if b.commits > 0 {
		if err := c.guarded(func() error { return c.log.append(b) }); err != nil {
			return err
		}
	}
	_ = c.follower.beginExtending(context.Background())
	defer c.follower.endExtending()
	if err := c.log.announce(b); err != nil {
		return err
	}
	if b.commits > 0 {
		c.publish(b)
	}
	if !b.closes.IsZero() {
		c.view.close(b.closes)
	}
	return nil
}

// seal turns the group into lines. Requests that would make it too long go back to the queue.
func (c *committer) seal() *batch {
	b := &batch{
		start: c.log.writer.End(), chain: c.log.writer.Chain(), lines: c.buffer[:0],
		pending: c.pending, last: c.view.tip(),
		now: c.opts.Now, closed: c.log.watermark.Closed,
	}
	b.pending.Reset()
	for n, r := range c.group {
		if b.full() {
			c.queue.giveBack(c.group[n:])
			c.group = c.group[:n]
			break
		}
		b.add(r)
	}
	c.buffer = b.lines
	return b
}

// publish shows a durable group to readers.
func (c *committer) publish(b *batch) {
	c.log.writer.Advance(b.lines, b.chain)
	c.view.publish(b)
}

// guarded runs the disk calls of a group commit, unless the breaker refuses them: then nothing was
// attempted. There is one call for a group, and one more where a segment is rolled.
func (c *committer) guarded(call func() error) error {
	breaker := c.opts.Writes
	if breaker == nil {
		return call()
	}
	err := breaker.Do(context.Background(), func(context.Context) error { return call() })
	if segment.Refused(err) {
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return err
}

// closeTimestamps closes the timestamps of a group while the store takes no commits, which are
// answered with why. It returns the requests that are still to be answered.
func (c *committer) closeTimestamps(why error) []*request {
	var closing []*request
	b := &batch{}
	b.last = c.view.tip()
	for _, r := range c.group {
		if len(r.commits) > 0 {
			r.answer(why)
			continue
		}
		closing = append(closing, r)
		b.closes = later(b.closes, r.closes)
	}
	_ = c.follower.beginExtending(context.Background())
	defer c.follower.endExtending()
	if err := c.log.announce(b); err != nil {
		for _, r := range closing {
			r.answer(err)
		}
		return nil
	}
	c.view.close(b.closes)
	return closing
}
