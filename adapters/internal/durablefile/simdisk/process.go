package simdisk

import (
	"errors"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

// ErrKilled is the error of every call of a killed process.
var ErrKilled = errors.New("simdisk: the process was killed")

// Process is a disk as one of several processes on the same machine uses it. The others
// see its writes at once; killing it releases its locks.
type Process struct {
	disk   *Disk
	killed bool // the disk's lock protects it
}

var _ durablefile.Disk = (*Process)(nil)

// Process begins a process.
func (d *Disk) Process() *Process { return &Process{disk: d} }

// Kill ends the process: its calls fail from now on, and its locks are released.
func (p *Process) Kill() {
	p.disk.mu.Lock()
	defer p.disk.mu.Unlock()
	p.kill()
}

// kill is Kill; the disk's lock is held.
func (p *Process) kill() {
	p.killed = true
	p.disk.locks.releaseAll(p)
}

func (p *Process) alive() error {
	p.disk.mu.Lock()
	defer p.disk.mu.Unlock()
	if p.killed {
		return ErrKilled
	}
	return nil
}

// file wraps an opened file, so that the process's end ends its use.
func (p *Process) file(f durablefile.File, err error) (durablefile.File, error) {
	if err != nil {
		return nil, err
	}
	return &processFile{process: p, file: f}, nil
}

// Open opens an existing file to read.
func (p *Process) Open(name string) (durablefile.File, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	return p.file(p.disk.Open(name))
}

// OpenRW opens an existing file.
func (p *Process) OpenRW(name string) (durablefile.File, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	return p.file(p.disk.OpenRW(name))
}

// Create makes a new file, or a new content for the name.
func (p *Process) Create(name string) (durablefile.File, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	return p.file(p.disk.Create(name))
}

// Rename moves a name within one directory.
func (p *Process) Rename(from, to string) error {
	if err := p.alive(); err != nil {
		return err
	}
	return p.disk.Rename(from, to)
}

// Remove removes a name.
func (p *Process) Remove(name string) error {
	if err := p.alive(); err != nil {
		return err
	}
	return p.disk.Remove(name)
}

// MkdirAll makes a directory.
func (p *Process) MkdirAll(dir string) error {
	if err := p.alive(); err != nil {
		return err
	}
	return p.disk.MkdirAll(dir)
}

// SyncDir makes the names in a directory durable.
func (p *Process) SyncDir(dir string) error {
	if err := p.alive(); err != nil {
		return err
	}
	return p.disk.SyncDir(dir)
}

// List returns the names in a directory, sorted.
func (p *Process) List(dir string) ([]string, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	return p.disk.List(dir)
}

// Links returns the number of names of a file.
func (p *Process) Links(name string) (int, error) {
	if err := p.alive(); err != nil {
		return 0, err
	}
	return p.disk.Links(name)
}

// LockDir takes a lock on a directory or file, until the process is killed at the latest.
func (p *Process) LockDir(dir string, mode durablefile.LockMode) (durablefile.DirLock, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	return p.disk.lockDir(dir, mode, p)
}

// OpenLock opens a file to be locked, until the process is killed at the latest.
func (p *Process) OpenLock(name string) (durablefile.FileLock, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	return p.disk.openLock(name, p)
}

// Local is no error.
func (p *Process) Local(string) error { return nil }

// processFile is a file that a process has open.
type processFile struct {
	process *Process
	file    durablefile.File
}

func (f *processFile) ReadAt(b []byte, offset int64) (int, error) {
	if err := f.process.alive(); err != nil {
		return 0, err
	}
	return f.file.ReadAt(b, offset)
}

func (f *processFile) WriteAt(b []byte, offset int64) (int, error) {
	if err := f.process.alive(); err != nil {
		return 0, err
	}
	return f.file.WriteAt(b, offset)
}

func (f *processFile) Truncate(size int64) error {
	if err := f.process.alive(); err != nil {
		return err
	}
	return f.file.Truncate(size)
}

func (f *processFile) Datasync() error {
	if err := f.process.alive(); err != nil {
		return err
	}
	return f.file.Datasync()
}

func (f *processFile) Size() (int64, error) {
	if err := f.process.alive(); err != nil {
		return 0, err
	}
	return f.file.Size()
}

func (f *processFile) Linked() (bool, error) { return f.file.Linked() }
func (f *processFile) Close() error          { return f.file.Close() }
