package durablefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// LockDir takes a lock on the directory itself, so that nothing in it can be removed to
// get round the lock, or gives ErrLocked at once. The kernel drops it when the process
// ends, however it ends.
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

// tryFlock locks an open file at once; false if somebody else holds the lock.
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

// localKinds are the file systems that live in one machine: what one process writes or
// locks there, the others see at once.
var localKinds = map[int64]string{
	0xEF53: "ext", 0x58465342: "xfs", 0x9123683E: "btrfs", 0x01021994: "tmpfs", 0x858458F6: "ramfs", 0x794C7630: "overlay",
	0xF2F52010: "f2fs", 0x2FC12FC1: "zfs", 0x3153464A: "jfs", 0x52654973: "reiserfs", 0xCA451A4E: "bcachefs",
}

// distantKinds are the ones that people may come with, by name.
var distantKinds = map[int64]string{
	0x6969: "nfs", 0x65735546: "fuse", 0x517B: "smb", 0xFF534D42: "cifs", 0xFE534D42: "smb2", 0x01021997: "9p", 0x00C36400: "ceph",
	0x0BD00BD0: "lustre", 0x5346414F: "afs", 0x7461636F: "ocfs2", 0x01161970: "gfs2",
}

// Local fails with *NotLocalError unless dir is on a file system known to be local.
func (OS) Local(dir string) error {
	var found syscall.Statfs_t
	if err := syscall.Statfs(dir, &found); err != nil {
		return &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return localKind(dir, int64(found.Type)) //nolint:unconvert // its type differs between machines
}

func localKind(dir string, kind int64) error {
	if _, local := localKinds[kind]; local {
		return nil
	}
	name, known := distantKinds[kind]
	if !known {
		name = fmt.Sprintf("%#x", kind)
	}
	return &NotLocalError{Dir: dir, Kind: name}
}
