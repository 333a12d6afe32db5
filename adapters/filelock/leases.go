package filelock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/machine"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// shards is the number of files. It is the same for all processes, for ever.
const shards = 64

// handoverTime is how long a released lease is reserved for the first owner of its queue,
// which should ask at least twice as often.
const handoverTime = 25 * time.Millisecond

// Options are the options of Open; the zero value is good.
type Options struct {
	TTL   time.Duration // life of a lease that is not renewed; 2 s by default
	Renew time.Duration // how often leases are renewed; half of TTL by default
	// Wait is how long one operation waits for locked shards in all; TTL by default.
	Wait    time.Duration
	Disk    durablefile.Disk // the machine's file system by default
	Machine machine.Machine  // this one by default
}

func (o Options) withDefaults() (Options, error) {
	if o.TTL == 0 {
		o.TTL = 2 * time.Second
	}
	if o.Renew == 0 {
		o.Renew = o.TTL / 2
	}
	if o.Wait == 0 {
		o.Wait = o.TTL
	}
	if o.Disk == nil {
		o.Disk = durablefile.OS{}
	}
	var err error
	if o.Machine.Now == nil {
		o.Machine, err = machine.This()
	}
	return o, err
}

// Leases are ports.Leases in files.
type Leases struct {
	opts   Options
	name   string // of this owner among all
	owner  []byte // the name
	boot   []byte
	shards [shards]*shard

	use    sync.RWMutex // held to read while the files are used
	closed bool         // use protects it

	mu   sync.Mutex
	held map[*lease]struct{} // to be renewed

	stop       context.CancelFunc // ends the background goroutines
	background sync.WaitGroup
}

var _ ports.Leases = (*Leases)(nil)

// Open opens the leases in a directory, which it creates if it is missing.
// *durablefile.NotLocalError means that its file system cannot hold leases, *ports.NewerFormatError
// that processes of a newer version use them.
func Open(dir string, opts Options) (_ *Leases, err error) {
	if opts, err = opts.withDefaults(); err != nil {
		return nil, err
	}
	if err := opts.Disk.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("make directory of leases: %w", err)
	}
	if err := opts.Disk.Local(dir); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s of process %d", uuid.NewString(), os.Getpid())
	l := &Leases{opts: opts, name: name, owner: []byte(name), boot: []byte(opts.Machine.Boot), held: map[*lease]struct{}{}}
	for i := range l.shards {
		if l.shards[i], err = openShard(opts.Disk, filepath.Join(dir, fmt.Sprintf("%02d", i))); err != nil {
			return nil, errors.Join(err, closeAll(l.shards[:i]))
		}
		// Slots may be in writing, and are whole before a process may rely on them.
		if err = l.shards[i].read(); err != nil {
			return nil, errors.Join(fmt.Errorf("read leases: %w", err), closeAll(l.shards[:i+1]))
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.background.Go(func() { l.keepRenewing(ctx) })
	l.background.Go(func() { l.keepWatching(ctx) })
	return l, nil
}

func closeAll(list []*shard) error {
	var errs []error
	for _, s := range list {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}

// shardOf returns the index of the shard of a stream's lease, for ever: FNV-1a.
func shardOf(stream event.StreamID) int {
	sum := uint64(14695981039346656037)
	for i := range len(stream) {
		sum = (sum ^ uint64(stream[i])) * 1099511628211
	}
	return int((sum ^ sum>>32) % shards)
}

// Acquire implements ports.Leases. It takes the shards in order and keeps none locked
// while it takes the next: the leases that it has by then are leases like any other.
func (l *Leases) Acquire(ctx context.Context, streams []event.StreamID, above int64) (ports.Lease, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.use.RLock()
	defer l.use.RUnlock()
	if l.closed {
		return nil, fmt.Errorf("%w: the leases are closed", ports.ErrUnavailable)
	}
	t := newLease(l, streams)
	waits := waitBudget{left: l.opts.Wait}
	defer waits.end()
	for rest := t.locations; len(rest) > 0; {
		n := sameShard(rest)
		if err := l.take(ctx, &waits, t, rest[:n], above); err != nil {
			_, _ = l.giveBack(t) //nolint:contextcheck // also when ctx has ended; a lease that is left ends by itself
			return nil, err
		}
		rest = rest[n:]
	}
	if t.Valid() != nil { // it took longer than leases last
		_, _ = l.giveBack(t) //nolint:contextcheck // as above
		return nil, &ports.LeaseHeldError{Stream: streams[0]}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[t] = struct{}{}
	return t, nil
}

// take takes the leases of one shard, or none of them.
func (l *Leases) take(ctx context.Context, waits *waitBudget, t *lease, locations []location, above int64) error {
	s := l.shards[locations[0].shard]
	err := s.acquire(ctx, waits)
	if errors.Is(err, errStuck) {
		return &ports.LeaseHeldError{Stream: t.tokens[locations[0].at].Stream}
	}
	if err != nil {
		return err
	}
	defer s.release()
	now := l.opts.Machine.Now()
	s.expire(l.boot, now)
	for _, p := range locations {
		stream := t.tokens[p.at].Stream
		i := s.find(string(stream))
		if i >= 0 && (s.entries[i].token > 0 || !bytes.Equal(s.entries[i].owner, l.owner)) {
			return l.enqueue(s, i, stream, now)
		}
		if i < 0 {
			i = len(s.entries)
			s.entries = append(s.entries, entry{stream: []byte(stream)})
		}
		s.highest = max(s.highest, above) + 1
		t.tokens[p.at].Token = s.highest
		e := &s.entries[i]
		e.owner, e.token, e.ends = l.owner, s.highest, now+l.opts.TTL
	}
	t.endsBy(now + l.opts.TTL)
	return s.write()
}

// enqueue returns the error that another owner has a lease or comes first, and puts this
// owner into the lease's queue. Nothing else of the shard is changed.
func (l *Leases) enqueue(s *shard, at int, stream event.StreamID, now time.Duration) error {
	e := s.entries[at]
	held := &ports.LeaseHeldError{Stream: stream, Owner: string(e.owner), Ends: e.ends - now}
	next, added := e.queue.with(l.owner)
	if !added {
		return held
	}
	if err := s.read(); err != nil { // as it was before
		return fmt.Errorf("%w: read leases: %w", ports.ErrUnavailable, err)
	}
	s.expire(l.boot, now)
	if i := s.find(string(stream)); i >= 0 {
		s.entries[i].queue = next
	}
	if err := s.write(); err != nil && !errors.Is(err, errFull) { // with no room there is no queue
		return err
	}
	return held
}

// giveBack removes a lease from its shards and reports whether it was in all of them. It
// does its best: a lease that cannot be removed ends by itself.
func (l *Leases) giveBack(t *lease) (whole bool, err error) {
	waits := waitBudget{left: l.opts.Wait}
	defer waits.end()
	whole = true
	for rest := t.locations; len(rest) > 0; {
		n := sameShard(rest)
		found, dropErr := l.drop(&waits, t, rest[:n])
		whole = whole && found
		err = errors.Join(err, dropErr)
		rest = rest[n:]
	}
	return whole, err
}

// drop removes those leases of one shard that the owner still has.
func (l *Leases) drop(waits *waitBudget, t *lease, locations []location) (whole bool, err error) {
	if !slices.ContainsFunc(locations, func(p location) bool { return t.tokens[p.at].Token > 0 }) {
		return false, nil // it was never acquired
	}
	s := l.shards[locations[0].shard]
	if err := s.acquire(context.Background(), waits); err != nil {
		return false, err
	}
	defer s.release()
	now := l.opts.Machine.Now()
	s.expire(l.boot, now)
	some := false
	whole = true
	for _, p := range locations {
		i := s.owned(l.owner, &t.tokens[p.at])
		if i < 0 {
			whole = false
			continue
		}
		some = true
		l.handOver(s, i, now)
	}
	if !some {
		return whole, nil
	}
	return whole, s.write()
}

// handOver ends a lease and reserves it for the first owner of its queue for a moment.
func (l *Leases) handOver(s *shard, at int, now time.Duration) {
	e := &s.entries[at]
	next, others := e.queue.first()
	if bytes.Equal(next, l.owner) { // another piece of work of the same process
		next, others = others.first()
	}
	if len(next) == 0 {
		s.entries = slices.Delete(s.entries, at, at+1)
		return
	}
	e.owner, e.queue, e.token, e.ends = next, others, 0, now+handoverTime
}

// Close implements ports.Leases.
func (l *Leases) Close() error {
	l.use.Lock()
	defer l.use.Unlock()
	if l.closed {
		return nil
	}
	l.stop()
	l.background.Wait()
	var errs []error
	for _, t := range l.leases() {
		t.once.Do(t.release)
		errs = append(errs, t.released)
	}
	l.closed = true
	return errors.Join(append(errs, closeAll(l.shards[:]))...)
}
