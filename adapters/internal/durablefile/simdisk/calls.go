package simdisk

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

// Open opens an existing file to read.
func (d *Disk) Open(name string) (durablefile.File, error) { return d.OpenRW(name) }

// OpenRW opens an existing file.
func (d *Disk) OpenRW(name string) (durablefile.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.beforeRead("open", name); err != nil {
		return nil, err
	}
	_, node, err := d.lookup(name)
	if err != nil {
		return nil, err
	}
	if node == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	d.open++
	return &file{disk: d, name: name, node: node}, nil
}

// Create makes a new file, or a new content for the name.
func (d *Disk) Create(name string) (durablefile.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	node, err := d.create(name)
	if err != nil {
		return nil, err
	}
	d.open++
	return &file{disk: d, name: name, node: node}, nil
}

func (d *Disk) create(name string) (*inode, error) {
	dir, _, err := d.lookup(name)
	if err != nil {
		return nil, err
	}
	if fault := d.before("create", name); fault.Err != nil {
		return nil, fault.Err
	}
	node := &inode{}
	dir.change(func(names map[string]*inode) { names[filepath.Base(name)] = node })
	return node, nil
}

// Rename moves a name within one directory.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, node, err := d.lookup(from)
	if err != nil {
		return err
	}
	if node == nil || filepath.Dir(from) != filepath.Dir(to) {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	fault := d.before("rename", to)
	if fault.Err != nil && fault.Keep == 0 {
		return fault.Err
	}
	dir.change(func(names map[string]*inode) {
		delete(names, filepath.Base(from))
		names[filepath.Base(to)] = node
	})
	return fault.Err
}

// Remove removes a name.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, node, err := d.lookup(name)
	if err != nil {
		return err
	}
	if node == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if fault := d.before("remove", name); fault.Err != nil {
		return fault.Err
	}
	dir.change(func(names map[string]*inode) { delete(names, filepath.Base(name)) })
	return nil
}

// MkdirAll makes a directory, durably: no test is about the loss of directories.
func (d *Disk) MkdirAll(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.crashed {
		return ErrCrashed
	}
	if d.dirs[dir] == nil {
		d.dirs[dir] = &directory{names: map[string]*inode{}, durable: map[string]*inode{}}
	}
	return nil
}

// SyncDir makes the names in a directory durable.
func (d *Disk) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	fault := d.before("syncdir", name)
	if dir := d.dirs[name]; !d.crashed && dir != nil {
		dir.sync(fault.Err)
	}
	return fault.Err
}

// List returns the names in a directory, sorted.
func (d *Disk) List(name string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.crashed {
		return nil, ErrCrashed
	}
	dir := d.dirs[name]
	if dir == nil {
		return nil, &fs.PathError{Op: "list", Path: name, Err: fs.ErrNotExist}
	}
	names := slices.Collect(maps.Keys(dir.names))
	for path := range d.dirs {
		if rest, ok := strings.CutPrefix(path, name+"/"); ok && !strings.Contains(rest, "/") {
			names = append(names, rest)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Link gives a file another name. A reboot makes two files of it.
func (d *Disk) Link(name, another string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, node, err := d.lookup(name)
	if err != nil {
		return err
	}
	dir, taken, err := d.lookup(another)
	if err == nil && (node == nil || taken != nil) {
		err = &fs.PathError{Op: "link", Path: another, Err: fs.ErrInvalid}
	}
	if err != nil {
		return err
	}
	dir.change(func(names map[string]*inode) { names[filepath.Base(another)] = node })
	return nil
}

// Links returns the number of names of a file.
func (d *Disk) Links(name string) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, node, err := d.lookup(name)
	if err == nil && node == nil {
		err = &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	links := 0
	for _, dir := range d.dirs {
		for _, one := range dir.names {
			if one == node {
				links++
			}
		}
	}
	return links, err
}

// isFile reports whether there is a file. The lock is held.
func (d *Disk) isFile(name string) bool {
	_, node, err := d.lookup(name)
	return err == nil && node != nil
}

// LockDir takes a lock on a directory or file; a reboot drops it.
func (d *Disk) LockDir(dir string, mode durablefile.LockMode) (durablefile.DirLock, error) {
	return d.lockDir(dir, mode, nil)
}

func (d *Disk) lockDir(dir string, mode durablefile.LockMode, owner *Process) (durablefile.DirLock, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.crashed:
		return nil, ErrCrashed
	case d.dirs[dir] == nil && !d.isFile(dir):
		return nil, &fs.PathError{Op: "lock", Path: dir, Err: fs.ErrNotExist}
	}
	l := &lock{disk: d, name: dir, owner: owner}
	if !d.locks.take(l, mode) {
		return nil, durablefile.ErrLocked
	}
	return l, nil
}

// OpenLock opens a file to be locked.
func (d *Disk) OpenLock(name string) (durablefile.FileLock, error) { return d.openLock(name, nil) }

func (d *Disk) openLock(name string, owner *Process) (durablefile.FileLock, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, node, err := d.lookup(name)
	if err == nil && node == nil {
		_, err = d.create(name)
	}
	if err != nil {
		return nil, err
	}
	return &lock{disk: d, name: name, owner: owner}, nil
}

// Local is no error: this disk is in one machine.
func (d *Disk) Local(string) error { return nil }
