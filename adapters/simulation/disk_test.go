package simulation_test

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

const (
	dataDir     = "/data"
	logDir      = dataDir + "/log"
	lockFile    = dataDir + "/LOCK"
	snapshotDir = dataDir + "/snapshots"
	clockFile   = dataDir + "/CLOCK"
)

// disk is a process's view of the disk, on which every call is a step.
type disk struct {
	of    *process
	under *simdisk.Process
}

var _ durablefile.Disk = disk{}

// look is a call that changes nothing.
func (d disk) look(op, name string) error { return d.of.wait(&step{op: op, about: name}).err }

// change is a call that changes the disk, which knows what becomes of it.
func (d disk) change(s *step, do func() error) error {
	f := d.of.wait(s)
	if d.of.dead.Load() {
		return simdisk.ErrKilled
	}
	err := do()
	if f.dies {
		d.of.die()
		return simdisk.ErrKilled
	}
	return err
}

func (d disk) Open(name string) (durablefile.File, error) {
	if err := d.look("open", name); err != nil {
		return nil, err
	}
	return d.file(name)(d.under.Open(name))
}

func (d disk) OpenRW(name string) (durablefile.File, error) {
	if err := d.look("open", name); err != nil {
		return nil, err
	}
	return d.file(name)(d.under.OpenRW(name))
}

func (d disk) Create(name string) (f durablefile.File, err error) {
	err = d.change(&step{op: "create", about: name}, func() (err error) {
		f, err = d.file(name)(d.under.Create(name))
		return err
	})
	return f, err
}

func (d disk) file(name string) func(durablefile.File, error) (durablefile.File, error) {
	return func(f durablefile.File, err error) (durablefile.File, error) {
		if err != nil {
			return nil, err
		}
		return file{File: f, disk: d, name: name}, nil
	}
}

func (d disk) Rename(from, to string) error {
	return d.change(&step{op: "rename", about: to}, func() error { return d.under.Rename(from, to) })
}

func (d disk) Remove(name string) error {
	return d.change(&step{op: "remove", about: name}, func() error { return d.under.Remove(name) })
}

func (d disk) SyncDir(dir string) error {
	return d.change(&step{op: "syncdir", about: dir}, func() error { return d.under.SyncDir(dir) })
}

func (d disk) MkdirAll(dir string) error { return d.under.MkdirAll(dir) }

func (d disk) List(dir string) ([]string, error) {
	if err := d.look("list", dir); err != nil {
		return nil, err
	}
	return d.under.List(dir)
}

func (d disk) Links(name string) (int, error) { return d.under.Links(name) }

func (d disk) LockDir(dir string, mode durablefile.LockMode) (durablefile.DirLock, error) {
	if err := d.look("lockdir", dir); err != nil {
		return nil, err
	}
	return d.under.LockDir(dir, mode)
}

func (d disk) OpenLock(name string) (durablefile.FileLock, error) {
	l, err := d.under.OpenLock(name)
	if err != nil {
		return nil, err
	}
	return fileLock{FileLock: l, disk: d, name: name}, nil
}

func (d disk) Local(dir string) error { return d.under.Local(dir) }

// file is an open file. Asking for its size, or whether it has a name, is no step:
// an effect there and then cannot be told from the same effect a step earlier.
type file struct {
	durablefile.File
	disk disk
	name string
}

func (f file) ReadAt(b []byte, offset int64) (int, error) {
	if err := f.disk.look("read", fmt.Sprint(f.name, " ", offset)); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, offset)
}

func (f file) WriteAt(b []byte, offset int64) (n int, err error) {
	s := &step{op: "write", about: f.name, size: len(b)}
	if isSegment(f.name) && !f.disk.of.dead.Load() {
		s.lines, s.at = b, f.disk.of.now()
	}
	err = f.disk.change(s, func() (err error) {
		if strings.HasSuffix(f.name, "/probe.tmp") { // its megabytes would take most of a run's time
			n, err = f.File.WriteAt(b[:1], offset)
			n += len(b) - 1
			return err
		}
		n, err = f.File.WriteAt(b, offset)
		return err
	})
	return n, err
}

func (f file) Truncate(size int64) error {
	return f.disk.change(&step{op: "truncate", about: f.name, size: int(size)},
		func() error { return f.File.Truncate(size) })
}

func (f file) Datasync() error {
	return f.disk.change(&step{op: "sync", about: f.name}, f.File.Datasync)
}

// isSegment reports whether a file is a part of the log, under its own name.
func isSegment(name string) bool {
	return filepath.Dir(name) == logDir && strings.HasSuffix(name, ".ndjson")
}

// fileLock is a lock on a file; taking it and giving it up are steps.
type fileLock struct {
	durablefile.FileLock
	disk disk
	name string
}

func (l fileLock) TryLock() (bool, error) {
	if err := l.disk.look("trylock", l.name); err != nil {
		return false, err
	}
	return l.FileLock.TryLock()
}

func (l fileLock) Unlock() error {
	if err := l.disk.look("unlock", l.name); err != nil {
		return err
	}
	return l.FileLock.Unlock()
}
