package simdisk

import (
	"io/fs"
	"path/filepath"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

// holders are who has a lock: one alone, or some together.
type holders struct {
	alone    *hold
	together map[*hold]bool
}

// hold is what can be locked, as one that opened it has it.
type hold struct {
	disk *Disk
	name string
	owns *Process // whose end gives it up; nil is the machine's
}

// take locks a name at once, or gives false.
func (h *hold) take(mode durablefile.LockMode) bool {
	at := h.disk.locks[h.name]
	if at == nil {
		at = &holders{together: map[*hold]bool{}}
		h.disk.locks[h.name] = at
	}
	others := len(at.together)
	if at.together[h] {
		others--
	}
	if at.alone != nil && at.alone != h || mode == durablefile.Exclusive && others > 0 {
		return false
	}
	if mode == durablefile.Exclusive {
		at.alone = h
	} else {
		at.together[h] = true
	}
	return true
}

func (h *hold) drop() {
	at := h.disk.locks[h.name]
	if at == nil {
		return
	}
	if at.alone == h {
		at.alone = nil
	}
	delete(at.together, h)
}

// Close gives the lock up.
func (h *hold) Close() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	h.drop()
	return nil
}

// Held finds the directory where it was: nobody moves it here.
func (h *hold) Held() error { return nil }

// Linked is true: nobody removes files behind the back of their users here.
func (h *hold) Linked() (bool, error) { return true, nil }

func (h *hold) TryLock() (bool, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.disk.crashed {
		return false, ErrCrashed
	}
	if h.owns != nil && h.owns.killed {
		return false, ErrKilled
	}
	return h.take(durablefile.Exclusive), nil
}

func (h *hold) Unlock() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	h.drop()
	return nil
}

// LockDir takes a lock on a directory; a reboot drops it.
func (d *Disk) LockDir(dir string, mode durablefile.LockMode) (durablefile.DirLock, error) {
	return d.lockDir(dir, mode, nil)
}

func (d *Disk) lockDir(dir string, mode durablefile.LockMode, owner *Process) (durablefile.DirLock, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.crashed:
		return nil, ErrCrashed
	case d.dirs[dir] == nil:
		return nil, &fs.PathError{Op: "lock", Path: dir, Err: fs.ErrNotExist}
	}
	h := &hold{disk: d, name: dir, owns: owner}
	if !h.take(mode) {
		return nil, durablefile.ErrLocked
	}
	return h, nil
}

// OpenLock opens a file to be locked.
func (d *Disk) OpenLock(name string) (durablefile.FileLock, error) { return d.openLock(name, nil) }

func (d *Disk) openLock(name string, owner *Process) (durablefile.FileLock, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, node, err := d.lookup(name)
	if err != nil {
		return nil, err
	}
	if node == nil {
		if fault := d.before("create", name); fault.Err != nil {
			return nil, fault.Err
		}
		node = &inode{}
		dir.change(func(names map[string]*inode) { names[filepath.Base(name)] = node })
	}
	return &hold{disk: d, name: name, owns: owner}, nil
}

// Local is no error: this disk is in one machine.
func (d *Disk) Local(string) error { return nil }
