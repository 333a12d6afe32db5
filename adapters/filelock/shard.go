package filelock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

const (
	firstRead = 4 << 10 // bytes of a slot that are read at once
	minPause  = 50 * time.Microsecond
	maxPause  = time.Millisecond
)

// errFrozen means that somebody keeps a shard locked for too long.
var errFrozen = errors.New("a shard of the leases stays locked")

// shard is one of the files, open.
type shard struct {
	name string
	disk durablefile.Disk
	// turn holds who works on the shard in this process: the file's lock is shared by
	// all goroutines. All that follows belongs to that one.
	turn chan struct{}
	lock durablefile.FileLock
	file durablefile.File

	content
	spare  content   // of the slot that is not the newest
	slots  [2][]byte // buffers
	newest int       // which slot content is from
	number uint64    // of the newest slot
	out    []byte
}

func openShard(disk durablefile.Disk, name string) (*shard, error) {
	s := &shard{name: name, disk: disk, turn: make(chan struct{}, 1)}
	for i := range s.slots {
		s.slots[i] = make([]byte, firstRead)
	}
	return s, s.open()
}

// open opens the shard's file, made if it is missing. Where that fails, what was there
// stays: while the directory is gone, all who had it open go on with the files that were
// in it.
func (s *shard) open() error {
	lock, err := s.disk.OpenLock(s.name)
	if err != nil {
		return fmt.Errorf("open lock file: %w", err)
	}
	file, err := s.disk.OpenRW(s.name)
	if err != nil {
		return errors.Join(fmt.Errorf("open lock file: %w", err), lock.Close())
	}
	s.lock, s.file = lock, file
	return nil
}

func (s *shard) close() error { return errors.Join(s.file.Close(), s.lock.Close()) }

// patience is how long one piece of work waits for shards in all.
type patience struct {
	left  time.Duration
	timer *time.Timer // begun with the first wait
}

func (p *patience) over() <-chan time.Time {
	if p.timer == nil {
		p.timer = time.NewTimer(p.left)
	}
	return p.timer.C
}

func (p *patience) end() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// enter locks a shard and reads it: errFrozen tells that this took too long.
func (s *shard) enter(ctx context.Context, p *patience) error {
	if err := s.take(ctx, p); err != nil {
		return err
	}
	if err := s.read(); err != nil {
		s.leave()
		return fmt.Errorf("%w: read leases: %w", ports.ErrUnavailable, err)
	}
	return nil
}

func (s *shard) take(ctx context.Context, p *patience) error {
	select {
	case s.turn <- struct{}{}:
	default:
		select {
		case s.turn <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		case <-p.over():
			return errFrozen
		}
	}
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		free, err := s.lock.TryLock()
		if free {
			return nil
		}
		if err == nil {
			err = rest(ctx, p, pause)
		} else {
			err = fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
		}
		if err != nil {
			<-s.turn
			return err
		}
	}
}

// rest waits for about as long as it says.
func rest(ctx context.Context, p *patience, pause time.Duration) error {
	timer := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // spreads load, hides nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.over():
		return errFrozen
	}
}

// leave unlocks the shard. Where that fails the lock is given up with its file, so that
// nobody stays locked out.
func (s *shard) leave() {
	if s.lock.Unlock() != nil {
		_ = s.close()
		_ = s.open() // else the next one who enters finds it closed
	}
	<-s.turn
}

// read finds the newest whole slot. Where neither is whole, nothing is known.
func (s *shard) read() error {
	s.newest, s.number = 1, 0
	s.boot, s.highest, s.entries = nil, 0, s.entries[:0]
	for i := range s.slots {
		n, err := s.readSlot(i)
		if err != nil {
			return err
		}
		number, err := parseSlot(s.slots[i][:n], &s.spare)
		if err == nil && number > s.number {
			s.newest, s.number = i, number
			s.content, s.spare = s.spare, s.content
		}
	}
	return nil
}

// readSlot reads what is there of a slot into its buffer.
func (s *shard) readSlot(i int) (int, error) {
	for {
		n, err := s.file.ReadAt(s.slots[i], int64(i)*slotSize)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		length := slotLength(s.slots[i][:n])
		if length <= len(s.slots[i]) {
			return n, nil
		}
		s.slots[i] = make([]byte, length)
	}
}

// errFull means that a shard's leases do not fit into its slot.
var errFull = fmt.Errorf("%w: there are too many leases at a time", ports.ErrUnavailable)

// write puts the content into the slot that is not the newest. Where it fails, the newest
// one still tells what it did, or the other tells all of what was to be written.
func (s *shard) write() error {
	s.out = appendSlot(s.out[:0], s.number+1, &s.content)
	if len(s.out) > slotSize {
		return errFull
	}
	other := 1 - s.newest
	if _, err := s.file.WriteAt(s.out, int64(other)*slotSize); err != nil {
		return fmt.Errorf("%w: write leases: %w", ports.ErrUnavailable, err)
	}
	s.newest, s.number = other, s.number+1
	return nil
}

// mine is the place of the lease that an owner has on a stream by a token, or -1.
func (s *shard) mine(owner []byte, epoch *ports.FencingToken) int {
	i := s.find(string(epoch.Stream))
	if i >= 0 && s.entries[i].token == epoch.Token && bytes.Equal(s.entries[i].owner, owner) {
		return i
	}
	return -1
}

// renewed opens the shard's file anew if somebody has removed it: who comes later would
// not see what is in it. Nobody else works on the shard meanwhile.
func (s *shard) renewed(ctx context.Context, p *patience) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-p.over():
		return errFrozen
	}
	defer func() { <-s.turn }()
	linked, err := s.lock.Linked()
	if err != nil || linked {
		return err
	}
	removed := shard{lock: s.lock, file: s.file}
	if err := s.open(); err != nil {
		return err
	}
	return removed.close()
}
