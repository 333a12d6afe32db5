package jsonevents

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// LOCK has two parts of fixed size, so that both can be overwritten in place
// without a new block on the disk: who holds the directory, and the POISON mark.
const (
	ownerSize  = 512
	poisonSize = 512
)

// InUseError means that another process has the data directory.
type InUseError struct {
	Dir   string
	Owner string // what that process wrote about itself, perhaps empty
}

// Unwrap makes it a ports.ErrInUse.
func (e *InUseError) Unwrap() error { return ports.ErrInUse }

func (e *InUseError) Error() string {
	owner := e.Owner
	if owner == "" {
		owner = "unknown"
	}
	return fmt.Sprintf("data directory %s is in use by another onhand process (%s); unless all are started to share it", e.Dir, owner)
}

// dirLock is the held lock on a data directory, and its file LOCK.
type dirLock struct {
	durablefile.DirLock
	file durablefile.File // nil until prepare
	disk durablefile.Disk
	name string
}

// takeLock locks the directory or gives *InUseError at once. It changes nothing.
func (d directory) takeLock(mode durablefile.LockMode) (*dirLock, error) {
	hold, err := d.disk.LockDir(d.path, mode)
	if errors.Is(err, durablefile.ErrLocked) {
		return nil, &InUseError{Dir: d.path, Owner: d.owner()}
	}
	if err != nil {
		return nil, err
	}
	return &dirLock{DirLock: hold, disk: d.disk, name: d.lock()}, nil
}

// owner is what the process that holds the lock says of itself.
func (d directory) owner() string {
	content, err := durablefile.ReadAll(d.disk, d.lock())
	if err != nil {
		return ""
	}
	text, _, _ := strings.Cut(string(content[:min(len(content), ownerSize)]), "\n")
	return strings.TrimSpace(text)
}

// prepare writes who holds the lock and makes room for the POISON mark.
func (l *dirLock) prepare() (err error) {
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
	if size < ownerSize+poisonSize {
		if _, err := l.file.WriteAt(padded("", ownerSize+poisonSize), 0); err != nil {
			return fmt.Errorf("write %s: %w", l.name, err)
		}
	}
	if _, err := l.file.WriteAt(padded(fmt.Sprintf("process %d", os.Getpid()), ownerSize), 0); err != nil {
		return fmt.Errorf("write %s: %w", l.name, err)
	}
	if err := l.file.Datasync(); err != nil {
		return &durablefile.SyncError{Op: "sync", Path: l.name, Err: err}
	}
	return nil
}

// keep makes sure that the directory is still where its path leads, and that
// LOCK, which must be there to take the POISON mark, is in it: somebody may have
// removed it.
func (l *dirLock) keep() error {
	if err := l.Held(); err != nil {
		return err
	}
	if linked, err := l.file.Linked(); err != nil || linked {
		return err
	}
	removed := l.file
	if err := l.prepare(); err != nil {
		return err
	}
	return errors.Join(removed.Close(), l.disk.SyncDir(filepath.Dir(l.name)))
}

func (l *dirLock) release() error {
	err := l.Close()
	if l.file != nil {
		err = errors.Join(l.file.Close(), err)
	}
	return err
}

// poison says where the log was last durable when a sync failed.
type poison struct {
	Segment event.Position
	Offset  int64
}

// notBefore is the end that HEAD vouches for, where p lies before it: a process whose sync
// failed may not have known of all that another one had made durable.
func (p poison) notBefore(known head) poison {
	if p.Segment < known.Segment || p.Segment == known.Segment && p.Offset < known.Offset {
		return poison{Segment: known.Segment, Offset: known.Offset}
	}
	return p
}

const poisonStart = `{"v":1,"poison":`

// markPoison remembers p for the next start, on a disk that may be full.
func (l *dirLock) markPoison(p poison) error {
	dst := strconv.AppendInt([]byte(poisonStart), int64(p.Segment), 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), p.Offset, 10)
	dst, _ = appendSeal(dst, 0)
	return l.writePoison(string(dst))
}

func (l *dirLock) clearPoison() error { return l.writePoison("") }

func (l *dirLock) writePoison(text string) error {
	if _, err := l.file.WriteAt(padded(text, poisonSize), ownerSize); err != nil {
		return fmt.Errorf("write poison mark: %w", err)
	}
	if err := l.file.Datasync(); err != nil {
		return &durablefile.SyncError{Op: "sync", Path: l.name, Err: err}
	}
	return nil
}

// readPoison reads the mark; false if there is none. It changes nothing.
func (l *dirLock) readPoison() (poison, bool, error) {
	content, err := durablefile.ReadAll(l.disk, l.name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return poison{}, false, fmt.Errorf("read poison mark: %w", err)
	}
	text := blockText(content[min(len(content), ownerSize):min(len(content), marks)])
	if len(text) == 0 {
		return poison{}, false, nil
	}
	if _, err := checkSeal(text); err != nil {
		return poison{}, false, &ports.CorruptError{File: l.name, Offset: ownerSize, Problem: "the poison mark is unreadable: " + err.Error()}
	}
	var p poison
	c := newCursor(text)
	p.Segment = event.Position(c.Natural(poisonStart))
	p.Offset = c.Natural(`,"offset":`)
	return p, true, c.End()
}

// padded is text and a line break, filled up with spaces in between.
func padded(text string, size int) []byte {
	block := bytes.Repeat([]byte{' '}, size)
	copy(block, text)
	block[size-1] = '\n'
	return block
}
