package feed

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Options are what a Tail can be told.
type Options struct {
	// Commits and Bytes bound the memory of the tail; 8192 and 4 MiB by default.
	Commits int
	Bytes   int
	// Rest is the pause after a read, in which more can come together; 10 ms by
	// default. A reader of a log that was quiet does not wait for it.
	Rest time.Duration
	// Encode is how events look outside.
	Encode Encode
	Report ports.Reporter
}

// idleReads is the number of reads without any use after which a Tail falls asleep.
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
	log    ports.EventFeed
	end    func() event.Position // where the log ends
	opts   Options
	source source

	unused atomic.Int32  // reads since the last use
	nudge  chan struct{} // something to do for a reader that sleeps
	// readers has a token for each follower that reads the log itself; bounded, so that
	// writers have room.
	readers chan struct{}

	mu        sync.RWMutex
	awake     bool
	ring      ring // counts while awake
	index     index
	followers int
	failure   error         // of the last read; nil after one that succeeded
	moved     chan struct{} // closed when the ring grows, a read fails, or the tail falls asleep; nil if no caller waits

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
		source: source{log: log, published: newHandover(opts.Commits, opts.Bytes), encode: opts.Encode, rest: opts.Rest},
		nudge:  make(chan struct{}, 1), readers: make(chan struct{}, atOnce),
		ring:  newRing(opts.Commits, opts.Bytes),
		index: index{topics: map[Filter]*topic{}},
	}
}

// Publish hands a durable commit over in memory, so that the tail need not read it from
// the log. A writer publishes each of its commits once it is durable, in any order. The
// tail keeps the commit only while there are followers; the caller must not change it.
func (t *Tail) Publish(c ports.Recorded) { t.source.published.put(c) }

// Start begins to take over the log for followers.
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
		case <-t.source.published.nudge:
		}
		if t.sleep() {
			continue
		}
		if err := t.source.read(ctx, after, t.add); err != nil {
			t.fail(ctx, err)
			rest(ctx, pause)
			pause = min(2*pause, maxPause)
			continue
		}
		t.recovered()
		pause = firstPause
		rest(ctx, t.opts.Rest)
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
	t.source.published.collect(false)
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
	t.source.published.collect(true)
	t.ring.restart(t.end()) // looked up last: a commit that was published before is not after it
	select {
	case t.nudge <- struct{}{}:
	default:
	}
}

// add appends commits to the ring and wakes the followers that want them.
func (t *Tail) add(batch []*Commit) {
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

// recovered notes that there is no failure any more.
func (t *Tail) recovered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failure = nil
}

// fail notes that the log cannot be read, and reports it unless it was so before.
func (t *Tail) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure == nil {
		t.opts.Report(ports.Incident{
			Component: "feed", Message: "the log cannot be read: followers wait, and the service tries again", Err: err, Severe: true,
		})
	}
	t.failure = err
	t.wake()
}

// wake ends the waits for the ring to move. The caller holds the lock.
func (t *Tail) wake() {
	if t.moved != nil {
		close(t.moved)
		t.moved = nil
	}
}
