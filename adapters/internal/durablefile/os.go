package durablefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// OS is the machine's file system.
type OS struct {
	// Private lets only the service's own user read new files; otherwise the user's
	// group may read them, too.
	Private bool
}

const (
	filePerm = 0o640
	dirPerm  = 0o750
	ownOnly  = 0o700 // the bits of the above that Private leaves
)

func (d OS) perm(usual fs.FileMode) fs.FileMode {
	if d.Private {
		return usual & ownOnly
	}
	return usual
}

// Open opens name to read.
func (OS) Open(name string) (File, error) { return open(name, os.O_RDONLY) }

// OpenRW opens name to read and write; it must exist.
func (OS) OpenRW(name string) (File, error) { return open(name, os.O_RDWR) }

// Create makes name empty, to read and write.
func (d OS) Create(name string) (File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, d.perm(filePerm))
	if err != nil {
		return nil, err
	}
	if d.Private { // also if the name belonged to a file that others may read
		if err := f.Chmod(d.perm(filePerm)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return osFile{f}, nil
}

// Rename moves from to the name to.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes name.
func (OS) Remove(name string) error { return os.Remove(name) }

// MkdirAll makes dir and its parents, and makes the names of the new ones durable:
// synced files are lost with the name of their directory.
func (d OS) MkdirAll(dir string) error { return mkdirAll(dir, d.perm(dirPerm), d.SyncDir) }

func mkdirAll(dir string, perm fs.FileMode, syncDir func(string) error) error {
	var above []string // directories that get a new name
	for at := filepath.Clean(dir); at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		above = append(above, filepath.Dir(at))
	}
	if err := os.MkdirAll(dir, perm); err != nil {
		return err
	}
	for _, parent := range above {
		if err := syncDir(parent); err != nil {
			return err
		}
	}
	return nil
}

// SyncDir makes the names in dir durable.
func (OS) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// List returns the names in dir, sorted.
func (OS) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// Links returns the number of names of a file.
func (OS) Links(name string) (int, error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1, nil
	}
	return int(stat.Nlink), nil //nolint:gosec // a file has few names
}

type osFile struct{ *os.File }

func open(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, 0)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Linked compares the file with the one that its name leads to: the number of its names does not
// tell, because other names may be hard links.
func (f osFile) Linked() (bool, error) {
	opened, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(f.Name())
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	return err == nil && os.SameFile(opened, there), err
}

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Datasync makes durable the content and the metadata that a read needs, which
// includes the size, but not the time stamps.
func (f osFile) Datasync() error {
	for {
		err := datasync(f.File)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
