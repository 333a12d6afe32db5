package durablefile

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"syscall"
)

// Disk is a file system as the adapters use it. Names are paths.
type Disk interface {
	Open(name string) (File, error)    // existing, to read
	OpenRW(name string) (File, error)  // existing, to read and write
	Create(name string) (File, error)  // new or emptied, to read and write
	Rename(from, to string) error      // replaces to
	Remove(name string) error          //
	MkdirAll(dir string) error         // durably
	SyncDir(dir string) error          // makes the names in dir durable
	List(dir string) ([]string, error) // names in dir, sorted
	// Links returns the number of names of a file, which is more than one if it has hard links.
	Links(name string) (int, error)
	// LockDir takes a lock on a directory, or on a file, at once, or returns ErrLocked. Whatever
	// path leads to it, the lock is the same.
	LockDir(dir string, mode LockMode) (DirLock, error)
	// OpenLock opens a file, which it creates if it is missing, to be locked. Two open
	// ones exclude each other, also within one process.
	OpenLock(name string) (FileLock, error)
	// Local fails with *NotLocalError if the processes that share the file system of dir
	// may see different locks or contents.
	Local(dir string) error
}

// LockMode says which other locks on a directory are possible at the same time.
type LockMode int

// The modes of a lock on a directory.
const (
	Exclusive LockMode = iota // none
	Shared                    // other shared ones
)

// FileLock is an exclusive lock on a file. The end of the process releases it, and so
// does Close. It is for one goroutine at a time.
type FileLock interface {
	io.Closer
	TryLock() (bool, error) // false if there is another holder
	Unlock() error
	// Linked reports whether the file still has its name: opening that name now leads
	// to the same lock.
	Linked() (bool, error)
}

// NotLocalError means that a directory is on a file system that may look different to
// different processes.
type NotLocalError struct {
	Dir  string
	Kind string // such as "nfs", or a number
}

func (e *NotLocalError) Error() string {
	return fmt.Sprintf("%s is on a file system of kind %s: only local ones can be shared by several processes", e.Dir, e.Kind)
}

// DirLock is the lock on a directory. Close releases it.
type DirLock interface {
	io.Closer
	// Held makes sure that the directory's path still leads to the locked directory.
	// *MovedError means that it does not: reads and writes by path reach another
	// directory. Any other error means that this cannot be told now.
	Held() error
}

// MovedError means that a path no longer leads to the directory that was opened.
type MovedError struct{ Path string }

func (e *MovedError) Error() string { return e.Path + " was moved or removed while it was in use" }

// File is an open file. Only explicit offsets: there is no position to lose.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Linked() (bool, error) // as FileLock's
	Truncate(size int64) error
	Datasync() error // content and size durable
}

// ErrLocked is the error of LockDir if another process holds the lock.
var ErrLocked = errors.New("locked by another process")

// SyncError is a failure that leaves the content of the disk unknown: of a sync or a
// rename. It must not be tried again, because the operating system may have dropped the
// bytes and would then report success.
type SyncError struct {
	Op   string // "sync", "sync directory", "rename", "truncate"
	Path string
	Err  error
}

func (e *SyncError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }
func (e *SyncError) Unwrap() error { return e.Err }

// IsFull reports whether err says that there is no room: full disk or used-up quota.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// WriteAtomically puts content under name so that a reader, also after a power loss,
// finds either the old content or all of the new: temporary file, sync, rename, sync of
// the directory. A *SyncError leaves open which of the two; any other error means that
// nothing changed.
func WriteAtomically(disk Disk, name string, content []byte) error {
	tmp := name + ".tmp"
	err := writeNew(disk, tmp, content)
	if err == nil {
		err = withoutRoom("rename", name, disk.Rename(tmp, name))
	}
	if err != nil {
		_ = disk.Remove(tmp) // best effort: the next start removes it too
		return err
	}
	if err := disk.SyncDir(filepath.Dir(name)); err != nil {
		return &SyncError{Op: "sync directory", Path: filepath.Dir(name), Err: err}
	}
	return nil
}

// Detach puts a copy under the name of a file that has other names too, which keep the file: a
// write in place would change it there as well. It reports whether there was one, and fails as
// WriteAtomically does.
func Detach(disk Disk, name string) (bool, error) {
	links, err := disk.Links(name)
	if err != nil || links < 2 {
		return false, err
	}
	content, err := ReadAll(disk, name)
	if err == nil {
		err = WriteAtomically(disk, name, content)
	}
	return err == nil, err
}

// Try writes and syncs content under name and removes it again, to find out whether the
// disk has room.
func Try(disk Disk, name string, content []byte) error {
	err := writeNew(disk, name, content)
	return errors.Join(err, disk.Remove(name))
}

// withoutRoom makes a failure of a sync or rename of a new file a *SyncError, unless it
// only says that there is no room.
func withoutRoom(op, name string, err error) error {
	if err == nil || IsFull(err) {
		return err
	}
	return &SyncError{Op: op, Path: name, Err: err}
}

// writeNew creates name with content and syncs it.
func writeNew(disk Disk, name string, content []byte) (err error) {
	f, err := disk.Create(name)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	defer func() {
		if closeErr := f.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("close %s: %w", name, closeErr)
		}
	}()
	if _, err := f.WriteAt(content, 0); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return withoutRoom("sync", name, f.Datasync())
}

// ReadAll reads a whole file.
func ReadAll(disk Disk, name string) ([]byte, error) { return ReadInto(nil, disk, name) }

// ReadInto reads a whole file into a buffer, or a new one if that is too small.
func ReadInto(buffer []byte, disk Disk, name string) ([]byte, error) {
	f, err := disk.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if int64(cap(buffer)) < size {
		buffer = make([]byte, size)
	}
	content := buffer[:size]
	if _, err := f.ReadAt(content, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return content, nil
}
