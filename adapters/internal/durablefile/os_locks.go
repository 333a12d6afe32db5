package durablefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// LockDir takes a lock on the directory or file itself, so that removing a file in it cannot
// bypass the lock, or returns ErrLocked at once. The kernel drops the lock when the
// process ends, however it ends.
func (OS) LockDir(dir string, mode LockMode) (DirLock, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if mode == Shared {
		how = syscall.LOCK_SH
	}
	free, err := tryFlock(f, how)
	if err == nil && free {
		return osDirLock{f}, nil
	}
	if err == nil {
		err = ErrLocked
	}
	return nil, errors.Join(err, f.Close())
}

// tryFlock locks an open file at once; it returns false if another holder has the lock.
func tryFlock(f *os.File, how int) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, fmt.Errorf("lock %s: %w", f.Name(), err)
		}
	}
}

type osDirLock struct{ dir *os.File }

func (l osDirLock) Close() error { return l.dir.Close() }

func (l osDirLock) Held() error {
	locked, err := l.dir.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(l.dir.Name())
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return &MovedError{Path: l.dir.Name()}
	case err != nil:
		return fmt.Errorf("look at the data directory: %w", err)
	case !os.SameFile(locked, there):
		return &MovedError{Path: l.dir.Name()}
	}
	return nil
}

// OpenLock opens a file to be locked.
func (d OS) OpenLock(name string) (FileLock, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, d.perm(filePerm))
	if err != nil {
		return nil, err
	}
	return osFileLock{osFile{f}}, nil
}

type osFileLock struct{ osFile }

func (l osFileLock) TryLock() (bool, error) { return tryFlock(l.File, syscall.LOCK_EX) }

func (l osFileLock) Unlock() error {
	if err := syscall.Flock(int(l.Fd()), syscall.LOCK_UN); err != nil {
		return fmt.Errorf("unlock %s: %w", l.Name(), err)
	}
	return nil
}
