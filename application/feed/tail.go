package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Options are what a Tail can be told.
type Options struct {
	// Commits and Bytes bound what is kept; 8192 and 4 MiB by default.
	Commits int
	Bytes   int
	// Rest is the pause after a read, in which more can come together; 10 ms by
	// default. Who reads a log that was quiet does not wait for it.
	Rest time.Duration
	// Encode is how events look outside.
	Encode Encode
	Report ports.Reporter
}

// idleReads is after how many reads that nobody used a Tail falls asleep.
const idleReads = 50

// atOnce is how many followers read the log themselves at the same time.
const atOnce = 2

// The pauses between tries to read a log that gives errors.
const (
	firstPause = 50 * time.Millisecond
	maxPause   = 5 * time.Second
)

// Tail is the newest part of a log, in memory. One goroutine takes it over for all
// followers: from the writer of this process, which publishes its commits, or else from
// the log. Without followers the tail sleeps, and each caller reads the log itself.
type Tail struct {
	log       ports.EventFeed
	end       func() event.Position // where the log ends
	opts      Options
	published *handover

	unused atomic.Int32  // reads since anybody asked for anything
	nudge  chan struct{} // something to do for a reader that sleeps
	behind chan struct{} // has a token for each follower that reads the log itself; bounded, so that writers have room

	mu        sync.RWMutex
	awake     bool
	ring      ring // counts while awake
	index     index
	followers int
	failure   error         // of the last read; nil after one that succeeded
	moved     chan struct{} // closed when the ring grows, a read fails, or the tail falls asleep; nil if nobody waits

	stop context.CancelFunc
	done chan struct{}
}

var _ ports.EventFeed = (*Tail)(nil)

// NewTail makes a Tail of a log; end says where that ends. It reads nothing before Start.
func NewTail(log ports.EventFeed, end func() event.Position, opts Options) *Tail {
	if opts.Commits == 0 {
		opts.Commits = 8192
	}
	if opts.Bytes == 0 {
		opts.Bytes = 4 << 20
	}
	if opts.Rest == 0 {
		opts.Rest = 10 * time.Millisecond
	}
	if opts.Report == nil {
		opts.Report = func(ports.Incident) {}
	}
	return &Tail{
		log: log, end: end, opts: opts,
		published: newHandover(opts.Commits, opts.Bytes),
		nudge:     make(chan struct{}, 1), behind: make(chan struct{}, atOnce),
		ring:  newRing(opts.Commits, opts.Bytes),
		index: index{topics: map[Filter]*topic{}},
	}
}

// Publish hands a durable commit over in memory, so that the tail need not read it from
// the log. A writer publishes each of its commits once it is durable, in any order. The
// tail keeps the commit only while there are followers; the caller must not change it.
func (t *Tail) Publish(c ports.Recorded) { t.published.put(c) }

// Start begins to read for those who follow.
func (t *Tail) Start(ctx context.Context) {
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // ctx is that of the start alone
	t.stop, t.done = stop, make(chan struct{})
	go t.run(work)
}

// Stop ends the reading.
func (t *Tail) Stop(ctx context.Context) error {
	t.stop()
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the feed: %w", ctx.Err())
	}
}

func (t *Tail) run(ctx context.Context) {
	defer close(t.done)
	pause := firstPause
	for ctx.Err() == nil {
		after, awake := t.position()
		if !awake {
			select {
			case <-ctx.Done():
			case <-t.nudge:
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-t.log.Grown(after):
		case <-t.published.nudge:
		}
		if t.sleep() {
			continue
		}
		if err := t.advance(ctx, after); err != nil {
			t.fail(ctx, err)
			rest(ctx, pause)
			pause = min(2*pause, maxPause)
			continue
		}
		pause = firstPause
		rest(ctx, t.opts.Rest)
	}
}

func rest(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// position is up to where the ring has the log.
func (t *Tail) position() (end event.Position, awake bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.ring.end, t.awake
}

// sleep makes the tail fall asleep if it is of no use.
func (t *Tail) sleep() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.followers > 0 || t.unused.Add(1) <= idleReads {
		return false
	}
	t.awake, t.failure = false, nil
	t.published.collect(false)
	t.ring.restart(t.ring.end)
	t.wake()
	return true
}

// use keeps the tail awake for a while, or wakes it: it then begins at the log's end.
func (t *Tail) use() {
	t.unused.Store(0)
	if _, awake := t.position(); awake {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.awake {
		return
	}
	t.awake = true
	t.published.collect(true)
	t.ring.restart(t.end()) // looked up last: a commit that was published before is not after it
	select {
	case t.nudge <- struct{}{}:
	default:
	}
}

// together is how many commits are shown at a time at most; the lock is held for
// so long.
const together = 256

// errGap is a fault of the log.
var errGap = errors.New("the log has a gap")

// advance takes over what comes after a position: what the writer has published, and
// otherwise what the log has.
func (t *Tail) advance(ctx context.Context, after event.Position) error {
	if t.takeOver(after) {
		return nil
	}
	if t.published.used.Load() {
		t.await(ctx)
		if t.takeOver(after) {
			return nil
		}
	}
	return t.read(ctx, after)
}

// takeOver shows what the writer has published after a position, as far as there is no
// gap, and reports whether there was anything.
func (t *Tail) takeOver(after event.Position) bool {
	taken := false
	for batch := make([]*Commit, 0, together); ; {
		batch = t.published.take(batch[:0], after, t.opts.Encode)
		if len(batch) == 0 {
			return taken
		}
		taken, after = true, batch[len(batch)-1].Position
		t.show(batch)
		t.recovered()
	}
}

// await waits for the writer to publish what the log has already: it does so as soon as
// the log has answered it.
func (t *Tail) await(ctx context.Context) {
	timer := time.NewTimer(t.opts.Rest)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-t.published.nudge:
	case <-timer.C:
	}
}

// recovered notes that there is no failure any more.
func (t *Tail) recovered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failure = nil
}

// read takes over what the log has after a position.
func (t *Tail) read(ctx context.Context, after event.Position) error {
	batch := make([]*Commit, 0, together)
	var failure error
	for r, err := range t.log.Commits(ctx, after) {
		if err == nil && r.Position != after+1 {
			err = fmt.Errorf("%w: %d comes after %d", errGap, r.Position, after)
		}
		if err != nil {
			failure = err
			break
		}
		after = r.Position
		if batch = append(batch, lasting(r, t.opts.Encode)); len(batch) == cap(batch) {
			t.show(batch)
			batch = batch[:0]
		}
	}
	t.show(batch)
	if failure == nil {
		t.recovered()
	}
	return failure
}

// show adds commits to the ring and tells who waits for them.
func (t *Tail) show(batch []*Commit) {
	if len(batch) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	woken := map[*topic]struct{}{}
	for _, c := range batch {
		t.ring.push(c)
		t.index.add(c, t.ring.first, woken)
	}
	for topic := range woken {
		for f := range topic.followers {
			f.signal()
		}
	}
	t.wake()
}

// fail notes that the log cannot be read, and reports it unless it was so before.
func (t *Tail) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure == nil {
		t.opts.Report(ports.Incident{Component: "feed", Message: "the log cannot be read; followers wait", Err: err, Severe: true})
	}
	t.failure = err
	t.wake()
}

// wake tells who waits for the ring to move. The lock is held.
func (t *Tail) wake() {
	if t.moved != nil {
		close(t.moved)
		t.moved = nil
	}
}
