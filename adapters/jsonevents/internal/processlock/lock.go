package processlock

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/ports"
)

// Names in the data directory.
const (
	LockName  = "LOCK"
	QueueName = "TURN"
)

const blockSize = 512

// Where the blocks of LOCK begin.
const (
	ownerAt      = 0
	poisonAt     = ownerAt + blockSize
	watermarksAt = poisonAt + blockSize

	sizeAlone  = watermarksAt
	sizeShared = watermarksAt + 2*blockSize
)

// InUseError means that another process has the data directory.
type InUseError struct {
	Dir   string
	Owner string // that process's note about itself, perhaps empty
}

func (e *InUseError) Error() string {
	owner := e.Owner
	if owner == "" {
		owner = "unknown"
	}
	return fmt.Sprintf("data directory %s is in use by another onhand process (%s)", e.Dir, owner)
}

// Unwrap makes it a ports.ErrInUse.
func (e *InUseError) Unwrap() error { return ports.ErrInUse }

// Lock is the held lock on a data directory, and its file LOCK.
type Lock struct {
	durablefile.DirLock
	file durablefile.File // nil until Prepare
	disk durablefile.Disk
	name string
}

// Take locks a directory, or gives *InUseError at once. It changes nothing.
func Take(disk durablefile.Disk, dir string, mode durablefile.LockMode) (*Lock, error) {
	hold, err := disk.LockDir(dir, mode)
	if errors.Is(err, durablefile.ErrLocked) {
		return nil, &InUseError{Dir: dir, Owner: Owner(disk, dir)}
	}
	if err != nil {
		return nil, err
	}
	return &Lock{DirLock: hold, disk: disk, name: filepath.Join(dir, LockName)}, nil
}

// TakeToStart is Take for a start, which waits for other processes.
func TakeToStart(disk durablefile.Disk, dir string, mode durablefile.LockMode, p *Patience) (l *Lock, err error) {
	var inUse *InUseError
	busy := p.during(func(ctx context.Context) error {
		return poll(ctx, directoryTry, func() (bool, error) {
			l, err = Take(disk, dir, mode)
			return !errors.As(err, &inUse), nil
		})
	})
	return l, cmp.Or(err, busy)
}

// Owner returns the note of the process that started last in a directory, perhaps nothing.
func Owner(disk durablefile.Disk, dir string) string {
	content, err := durablefile.ReadAll(disk, filepath.Join(dir, LockName))
	if err != nil {
		return ""
	}
	text, _, _ := strings.Cut(string(content[:min(len(content), blockSize)]), "\n")
	return strings.TrimSpace(text)
}

// Name returns the path of LOCK.
func (l *Lock) Name() string { return l.name }

// Prepare writes the owner of the lock and makes room for the POISON mark.
func (l *Lock) Prepare() (err error) {
	l.file, err = l.disk.OpenRW(l.name)
	if errors.Is(err, fs.ErrNotExist) {
		l.file, err = l.disk.Create(l.name)
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", l.name, err)
	}
	size, err := l.file.Size()
	if err != nil {
		return fmt.Errorf("size of %s: %w", l.name, err)
	}
	if size < sizeAlone {
		if _, err := l.file.WriteAt(padded("", sizeAlone), 0); err != nil {
			return fmt.Errorf("write %s: %w", l.name, err)
		}
	}
	if _, err := l.file.WriteAt(padded(fmt.Sprintf("process %d", os.Getpid()), blockSize), ownerAt); err != nil {
		return fmt.Errorf("write %s: %w", l.name, err)
	}
	return l.sync()
}

// MakeRoom makes LOCK long enough for the watermarks.
func (l *Lock) MakeRoom() error {
	size, err := l.file.Size()
	if err != nil || size >= sizeShared {
		return err
	}
	if _, err := l.file.WriteAt(padded("", sizeShared-watermarksAt), watermarksAt); err != nil {
		return fmt.Errorf("write %s: %w", l.name, err)
	}
	return l.sync()
}

// CheckFormat gives *logline.NewerError if a newer version wrote a part of LOCK. It changes nothing,
// and needs no Prepare.
func (l *Lock) CheckFormat() error {
	content, err := durablefile.ReadAll(l.disk, l.name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for block := range slices.Chunk(content[min(len(content), poisonAt):], blockSize) {
		_, err := logline.CheckSeal(unpadded(block))
		if _, newer := errors.AsType[*logline.NewerError](err); newer {
			return err
		}
	}
	return nil
}

// Keep makes sure that the directory is still where its path leads, and that it has LOCK, which
// must be there to take the POISON mark. It makes a LOCK that was removed again.
func (l *Lock) Keep() error {
	if err := l.Held(); err != nil {
		return err
	}
	if linked, err := l.file.Linked(); err != nil || linked {
		return err
	}
	removed := l.file
	if err := l.Prepare(); err != nil {
		return err
	}
	return errors.Join(removed.Close(), l.disk.SyncDir(filepath.Dir(l.name)))
}

// Release gives the lock up.
func (l *Lock) Release() error {
	err := l.Close()
	if l.file != nil {
		err = errors.Join(l.file.Close(), err)
	}
	return err
}

func (l *Lock) sync() error {
	if err := l.file.Datasync(); err != nil {
		return &durablefile.SyncError{Op: "sync", Path: l.name, Err: err}
	}
	return nil
}

// padded returns text and a line break, filled up with spaces in between.
func padded(text string, size int) []byte {
	block := bytes.Repeat([]byte{' '}, size)
	copy(block, text)
	block[size-1] = '\n'
	return block
}

// unpadded returns the text of a block.
func unpadded(block []byte) []byte { return bytes.Trim(block, " \n\x00") }
