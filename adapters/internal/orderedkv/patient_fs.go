package orderedkv

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// retryPause is how long a write waits before it tries a full disk again.
const retryPause = time.Second

// patience decides what becomes of a write that failed. Pebble ends the process if a write of its
// write-ahead log or manifest fails, so no such write ever returns an error: on a full disk it is
// tried until there is space, and after any other error it waits for the end of the process.
type patience struct {
	pause func() // before the next attempt on a full disk

	mu      sync.Mutex
	opened  bool          // until then faults are returned: the store is not in use
	waiting int           // writes that wait for space
	waits   chan struct{} // closed while writes wait, and once stalled is set
	stalled error
	fault   error         // the last one that was returned because the store was not in use
	failed  chan struct{} // closed when stalled is set
}

func newPatience(pause func()) *patience {
	if pause == nil {
		pause = func() { time.Sleep(retryPause) }
	}
	return &patience{pause: pause, failed: make(chan struct{}), waits: make(chan struct{})}
}

// until repeats a write until it succeeds. A missing file is an answer and no fault.
func (p *patience) until(write func() error) error {
	err := write()
	if err == nil || errors.Is(err, os.ErrNotExist) || p.returned(err) {
		return err
	}
	p.wait(1)
	for IsFull(err) {
		p.pause()
		if err = write(); err == nil {
			p.wait(-1)
			return nil
		}
	}
	p.wait(-1)
	p.stall(err)
	select {} // the store is abandoned: Pebble must not see the error
}

// begin ends the time in which faults are returned.
func (p *patience) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened = true
}

// returned reports whether a fault is returned, and keeps it then. Pebble repeats some writes while it
// opens: those of a full disk have a pause.
func (p *patience) returned(fault error) bool {
	p.mu.Lock()
	opened := p.opened
	again := p.fault != nil
	if !opened {
		p.fault = fault
	}
	p.mu.Unlock()
	if !opened && again && IsFull(fault) {
		p.pause()
	}
	return !opened
}

// whyFailed returns why the store cannot be opened, with the fault of the disk that led to it.
func (p *patience) whyFailed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(p.stalled, p.fault)
}

func (p *patience) wait(change int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.waiting
	p.waiting += change
	switch {
	case p.stalled != nil: // waits stays closed
	case before == 0:
		close(p.waits)
	case p.waiting == 0:
		p.waits = make(chan struct{})
	}
}

// held returns a channel that is closed when a write waits for the disk.
func (p *patience) held() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waits
}

// stall notes why no write is possible any more. The first reason stays.
func (p *patience) stall(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled == nil {
		p.stalled = err
		close(p.failed)
		if p.waiting == 0 {
			close(p.waits)
		}
	}
}

func (p *patience) status() (waiting bool, stalled error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting > 0, p.stalled
}

// IsFull reports whether an error means that the disk is full.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// patientFS is a file system whose writes are patient.
type patientFS struct {
	vfs.FS
	*patience
}

func (f patientFS) open(open func() (vfs.File, error)) (vfs.File, error) {
	var file vfs.File
	err := f.until(func() (err error) {
		file, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return patientFile{file, f.patience}, nil
}

// Create implements vfs.FS.
func (f patientFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.open(func() (vfs.File, error) { return f.FS.Create(name, c) })
}

// OpenReadWrite implements vfs.FS.
func (f patientFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.open(func() (vfs.File, error) { return f.FS.OpenReadWrite(name, c, opts...) })
}

// ReuseForWrite implements vfs.FS.
func (f patientFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.open(func() (vfs.File, error) { return f.FS.ReuseForWrite(from, to, c) })
}

// OpenDir implements vfs.FS.
func (f patientFS) OpenDir(name string) (vfs.File, error) {
	return f.open(func() (vfs.File, error) { return f.FS.OpenDir(name) })
}

// Link implements vfs.FS.
func (f patientFS) Link(from, to string) error {
	return f.until(func() error { return f.FS.Link(from, to) })
}

// Rename implements vfs.FS.
func (f patientFS) Rename(from, to string) error {
	return f.until(func() error { return f.FS.Rename(from, to) })
}

// MkdirAll implements vfs.FS.
func (f patientFS) MkdirAll(dir string, mode os.FileMode) error {
	return f.until(func() error { return f.FS.MkdirAll(dir, mode) })
}

// Unwrap implements vfs.FS.
func (f patientFS) Unwrap() vfs.FS { return f.FS }

// patientFile is a file whose writes are patient.
type patientFile struct {
	vfs.File
	*patience
}

// Write writes all bytes. A short write continues where it ended.
func (f patientFile) Write(p []byte) (int, error) {
	written := 0
	err := f.until(func() error {
		n, err := f.File.Write(p[written:])
		if written += n; err == nil && written < len(p) {
			err = io.ErrShortWrite
		}
		return err
	})
	return written, err
}

// WriteAt implements vfs.File.
func (f patientFile) WriteAt(p []byte, at int64) (int, error) {
	err := f.until(func() error {
		_, err := f.File.WriteAt(p, at)
		return err
	})
	return len(p), err
}

// Sync implements vfs.File.
func (f patientFile) Sync() error { return f.until(f.File.Sync) }

// SyncData implements vfs.File.
func (f patientFile) SyncData() error { return f.until(f.File.SyncData) }

// SyncTo implements vfs.File.
func (f patientFile) SyncTo(length int64) (full bool, err error) {
	err = f.until(func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}

// Preallocate implements vfs.File. It is an optimisation that may fail.
func (f patientFile) Preallocate(offset, length int64) error {
	_ = f.File.Preallocate(offset, length)
	return nil
}
