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

// errStuck means that another process keeps a shard locked for too long.
var errStuck = errors.New("a shard of the leases stays locked")

// shard is one of the files, open.
type shard struct {
	name string
	disk durablefile.Disk
	// using has a token while a goroutine uses the shard: the goroutines of a process
	// share the file's lock. The following fields belong to that goroutine.
	using chan struct{}
	lock  durablefile.FileLock
	file  durablefile.File

	content
	spare  content   // of the slot that is not the newest
	slots  [2][]byte // buffers
	newest int       // which slot content is from
	number uint64    // of the newest slot
	out    []byte
}

func openShard(disk durablefile.Disk, name string) (*shard, error) {
	s := &shard{name: name, disk: disk, using: make(chan struct{}, 1)}
	for i := range s.slots {
		s.slots[i] = make([]byte, firstRead)
	}
	return s, s.open()
}

// open opens the shard's file, which it creates if it is missing. If that fails, the shard
// keeps its file: while the directory is gone, all processes that had it open continue
// with the files that were in it.
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

// waitBudget is how long one operation waits for shards in all.
type waitBudget struct {
	left  time.Duration
	timer *time.Timer // starts with the first wait
}

func (p *waitBudget) spent() <-chan time.Time {
	if p.timer == nil {
		p.timer = time.NewTimer(p.left)
	}
	return p.timer.C
}

func (p *waitBudget) end() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// acquire locks a shard and reads it; errStuck means that this took too long.
func (s *shard) acquire(ctx context.Context, p *waitBudget) error {
	if err := s.take(ctx, p); err != nil {
		return err
	}
	if err := s.read(); err != nil {
		s.release()
		return fmt.Errorf("%w: read leases: %w", ports.ErrUnavailable, err)
	}
	return nil
}

func (s *shard) take(ctx context.Context, p *waitBudget) error {
	select {
	case s.using <- struct{}{}:
	default:
		select {
		case s.using <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		case <-p.spent():
			return errStuck
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
			<-s.using
			return err
		}
	}
}

// rest waits for about the pause.
func rest(ctx context.Context, p *waitBudget, pause time.Duration) error {
	timer := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // spreads load, hides nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.spent():
		return errStuck
	}
}

// release unlocks the shard. If that fails, it closes the file, which releases the lock, so
// that no process stays locked out.
func (s *shard) release() {
	if s.lock.Unlock() != nil {
		_ = s.close()
		_ = s.open() // otherwise the next acquire finds it closed
	}
	<-s.using
}

// read finds the newest whole slot. If neither is whole, no leases are known. It fails if a newer
// version wrote one.
func (s *shard) read() error {
	s.newest, s.number = 1, 0
	s.boot, s.highest, s.entries = nil, 0, s.entries[:0]
	for i := range s.slots {
		n, err := s.readSlot(i)
		if err != nil {
			return err
		}
		number, err := parseSlot(s.slots[i][:n], &s.spare)
		if newer, is := errors.AsType[*ports.NewerFormatError](err); is {
			newer.Location = s.name
			return newer
		}
		if err == nil && number > s.number {
			s.newest, s.number = i, number
			s.content, s.spare = s.spare, s.content
		}
	}
	return nil
}

// readSlot reads a slot, as far as the file has it, into its buffer.
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

// write puts the content into the slot that is not the newest. If it fails, either the
// newest slot is still the newest, or the other one has all of the content.
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

// owned returns the index of the lease that an owner has on a stream by a token, or -1.
func (s *shard) owned(owner []byte, token *ports.FencingToken) int {
	i := s.find(string(token.Stream))
	if i >= 0 && s.entries[i].token == token.Token && bytes.Equal(s.entries[i].owner, owner) {
		return i
	}
	return -1
}

// reopen opens the shard's file again if it was removed: processes that come later do not
// see the removed one. No other goroutine uses the shard meanwhile.
func (s *shard) reopen(ctx context.Context, p *waitBudget) error {
	select {
	case s.using <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-p.spent():
		return errStuck
	}
	defer func() { <-s.using }()
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
