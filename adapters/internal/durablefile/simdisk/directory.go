package simdisk

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// directory is what names a directory holds, as processes see it and as the last
// sync left it, with the changes in between.
type directory struct {
	names   map[string]*inode // as processes see it
	durable map[string]*inode // as a crash would leave it at least
	pending []func(map[string]*inode)
}

func (dir *directory) afterCrash(rng *rand.Rand) map[string]*inode {
	if rng == nil {
		return maps.Clone(dir.names)
	}
	survivors := maps.Clone(dir.durable)
	for _, change := range dir.pending[:rng.IntN(len(dir.pending)+1)] {
		change(survivors)
	}
	return survivors
}

func (dir *directory) change(do func(map[string]*inode)) {
	do(dir.names)
	dir.pending = append(dir.pending, do)
}

// MkdirAll makes a directory, durably: that is not what the tests are about.
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
	dir := d.dirs[name]
	if d.crashed || dir == nil {
		return fault.Err
	}
	if fault.Err == nil {
		for _, change := range dir.pending {
			change(dir.durable)
		}
	}
	dir.pending = nil // after a failure, forsaken as a file's changes are
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
	var names []string
	for n := range dir.names {
		names = append(names, n)
	}
	for path := range d.dirs {
		if rest, ok := strings.CutPrefix(path, name+"/"); ok && !strings.Contains(rest, "/") {
			names = append(names, rest)
		}
	}
	slices.Sort(names)
	return names, nil
}
