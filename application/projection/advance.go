package projection

import (
	"slices"
	"time"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// batch is what is handled together: the events of some commits.
type batch struct {
	events []ports.StreamEvent
	upto   event.Position // of the last commit
	time   time.Time      // of it
	bytes  int64
}

func (b *batch) reset() { *b = batch{events: b.events[:0]} }

// advance handles what the log has beyond the position, as far as nothing else is to
// be done; false if there is nothing to go on with.
func (r *Runner) advance() bool {
	if r.waits() {
		return false
	}
	r.stall.next = time.Time{}
	var b batch
	worked := false
	began := r.world.Now()
	for c, err := range r.world.Feed.Commits(r.hard, r.Position) {
		if err != nil {
			if r.hard.Err() == nil {
				r.fault(cannotRead, err)
				r.stall.next, r.stall.cause = r.world.Now().Add(again), clip(err)
			}
			return false
		}
		if r.decides(&c) {
			if !r.handle(&b) {
				return false
			}
			if before := r.loads; !r.settle(&c) || r.loads != before {
				return r.loads != before // the position is another now
			}
		}
		r.add(&b, &c)
		if len(b.events) < r.opts.Batch && b.bytes < maxBatchBytes {
			continue
		}
		if !r.handle(&b) {
			return false
		}
		worked = true
		r.makeRoom(began)
		if r.interrupted() {
			return true
		}
		began = r.world.Now()
	}
	r.fine(cannotRead)
	return r.soft.Err() == nil && b.upto > 0 && r.handle(&b) || worked
}

// makeRoom rests where much is left to be done, so that catching up leaves room for
// requests.
func (r *Runner) makeRoom(began time.Time) {
	rest := time.Duration(r.opts.RestRatio) * r.world.Now().Sub(began)
	if rest <= 0 {
		return
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.soft.Done():
	}
}

// maxBatchBytes bounds the events of a batch, in bytes.
const maxBatchBytes = 1 << 20

// interrupted tells whether something else than the log wants to be looked after.
func (r *Runner) interrupted() bool {
	if r.soft.Err() != nil || len(r.wake) > 0 || len(r.save.under) > 0 || r.save.full(r.opts) {
		return true
	}
	at := r.nextTime()
	return !at.IsZero() && !r.world.Now().Before(at)
}

// eventBytes is what an event takes in the log beside its data, about.
const eventBytes = 200

// add puts a commit's events into a batch.
func (r *Runner) add(b *batch, c *ports.Recorded) {
	b.upto, b.time = c.Position, c.Time
	for i := range c.Events {
		e := ports.StreamEvent{Position: c.Position, Index: i, Actor: c.Actor, RequestID: c.RequestID, Event: c.Events[i]}
		b.bytes += int64(len(e.Data)) + eventBytes
		if r.opts.Wants(&e) {
			b.events = append(b.events, e)
		}
	}
}

// handle brings a batch to the target and moves on; false if it is not over.
func (r *Runner) handle(b *batch) bool {
	if b.upto == 0 {
		return true
	}
	events := b.events
	if len(r.Still)+len(r.known)+len(r.Handled) > 0 {
		for i := range events {
			if r.open(&events[i]) {
				r.recognise(&events[i])
			}
		}
		events = r.ready(events)
	}
	if !r.deliver(events, b.upto) {
		r.show()
		return false
	}
	r.Position, r.Time = b.upto, b.time
	clear(r.Handled)
	r.stall = stall{}
	r.fine(allWait)
	r.save.note(b.bytes, r.world.Now())
	r.show()
	b.reset()
	return true
}

// recognise lets a stream stand still at an event that failed before the target was built
// anew.
func (r *Runner) recognise(e *ports.StreamEvent) bool {
	name := fact{e.Stream, e.Version}
	at := r.known[name]
	if at == nil {
		return false
	}
	delete(r.known, name)
	r.Still[e.Stream] = at
	r.save.changed = true
	return true
}

// decides tells whether somebody gave up an event of this projection in a commit.
func (r *Runner) decides(c *ports.Recorded) bool {
	return slices.ContainsFunc(c.Events, func(e ports.Event) bool {
		_, ok := deadletter.IDOf(e.Stream)
		return ok
	})
}

// settle goes on behind the events that a commit says were given up; false if there is
// no time.
func (r *Runner) settle(c *ports.Recorded) bool {
	for i := range c.Events {
		e := &c.Events[i]
		if _, ok := deadletter.IDOf(e.Stream); !ok {
			continue
		}
		deleted, err := deadletter.Decode(e.Type, e.Data)
		if err != nil || deleted.Projection != r.opts.Name {
			continue
		}
		r.settleOne(&deleted)
	}
	return r.hard.Err() == nil
}

func (r *Runner) settleOne(d *deadletter.Deleted) {
	at := r.Still[d.Stream]
	if at == nil || at.Version > d.Version {
		return // it could be handled this time
	}
	r.GivenUp[d.Stream] = append(r.GivenUp[d.Stream], d.Version)
	delete(r.known, fact{d.Stream, d.Version})
	r.removeLetter(ports.EventID{Position: d.Position, Index: d.Index})
	if at.Version < d.Version {
		return // the stream will not stop there when it comes to it
	}
	*at = still{Version: at.Version + 1, Position: at.Position, Index: at.Index, FirstAt: at.FirstAt, Cause: at.Cause}
	_ = r.retry(d.Stream, at) // what comes of it shows in Still
}
