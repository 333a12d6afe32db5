package simdisk

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

const sector = 512

// ErrCrashed is what every call gives after the disk lost its power.
var ErrCrashed = errors.New("simdisk: the power is off")

// Call is one call that changes the disk, about to happen.
type Call struct {
	Op   string // create, write, truncate, sync, rename, remove, syncdir
	Name string // the file or directory; for a rename the new name
	N    int    // which call this is, from 1
}

// Fault is what shall become of a call: Err, after the first Keep bytes if it
// is a write. The zero Fault lets the call happen.
type Fault struct {
	Err  error
	Keep int
}

// Disk is a durablefile.Disk in memory.
type Disk struct {
	mu      sync.Mutex
	dirs    map[string]*directory
	locks   map[string]bool
	calls   int
	crashed bool
	plan    func(Call) Fault
	open    int
}

type directory struct {
	names   map[string]*inode // as processes see it
	durable map[string]*inode // as a crash would leave it at least
	pending []func(map[string]*inode)
}

// New returns an empty disk without faults.
func New() *Disk {
	return &Disk{dirs: map[string]*directory{}, locks: map[string]bool{}}
}

// Plan sets what decides about each call from now on; nil lets all happen.
func (d *Disk) Plan(plan func(Call) Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plan = plan
}

// Calls is how many changing calls there were.
func (d *Disk) Calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

// OpenFiles is how many files are open now.
func (d *Disk) OpenFiles() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open
}

// Crash cuts the power: every later call on this disk fails.
func (d *Disk) Crash() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crashed = true
}

// Reboot returns the disk as the next start finds it, with rng choosing what of
// the unsynced survived. A nil rng keeps everything, as when only the process
// was killed.
func (d *Disk) Reboot(rng *rand.Rand) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crashed = true
	next := New()
	for path, dir := range d.dirs {
		survivors := dir.afterCrash(rng)
		for name, node := range survivors {
			survivors[name] = node.afterCrash(rng)
		}
		next.dirs[path] = &directory{names: survivors, durable: cloneNames(survivors)}
	}
	return next
}

func (dir *directory) afterCrash(rng *rand.Rand) map[string]*inode {
	if rng == nil {
		return cloneNames(dir.names)
	}
	survivors := cloneNames(dir.durable)
	for _, change := range dir.pending[:rng.IntN(len(dir.pending)+1)] {
		change(survivors)
	}
	return survivors
}

func cloneNames(names map[string]*inode) map[string]*inode {
	clone := make(map[string]*inode, len(names))
	for name, node := range names {
		clone[name] = node
	}
	return clone
}

// before counts a changing call and asks the plan about it. The lock is held.
func (d *Disk) before(op, name string) Fault {
	if d.crashed {
		return Fault{Err: ErrCrashed}
	}
	d.calls++
	if d.plan == nil {
		return Fault{}
	}
	fault := d.plan(Call{Op: op, Name: name, N: d.calls})
	if errors.Is(fault.Err, ErrCrashed) {
		d.crashed = true
	}
	return fault
}

func (d *Disk) lookup(name string) (*directory, *inode, error) {
	if d.crashed {
		return nil, nil, ErrCrashed
	}
	dir, ok := d.dirs[filepath.Dir(name)]
	if !ok {
		return nil, nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return dir, dir.names[filepath.Base(name)], nil
}

func (dir *directory) change(do func(map[string]*inode)) {
	do(dir.names)
	dir.pending = append(dir.pending, do)
}

// Open opens an existing file to read.
func (d *Disk) Open(name string) (durablefile.File, error) { return d.OpenRW(name) }

// OpenRW opens an existing file.
func (d *Disk) OpenRW(name string) (durablefile.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
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
	dir, _, err := d.lookup(name)
	if err != nil {
		return nil, err
	}
	if fault := d.before("create", name); fault.Err != nil {
		return nil, fault.Err
	}
	node := &inode{}
	dir.change(func(names map[string]*inode) { names[filepath.Base(name)] = node })
	d.open++
	return &file{disk: d, name: name, node: node}, nil
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
	if fault := d.before("rename", to); fault.Err != nil {
		return fault.Err
	}
	dir.change(func(names map[string]*inode) {
		delete(names, filepath.Base(from))
		names[filepath.Base(to)] = node
	})
	return nil
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
	if fault := d.before("syncdir", name); fault.Err != nil {
		return fault.Err
	}
	if dir := d.dirs[name]; dir != nil {
		dir.durable, dir.pending = cloneNames(dir.names), nil
	}
	return nil
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

type unlock func()

func (u unlock) Close() error { u(); return nil }

// Lock takes the exclusive lock on name; a reboot drops it.
func (d *Disk) Lock(name string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locks[name] {
		return nil, durablefile.ErrLocked
	}
	if dir, node, err := d.lookup(name); err != nil {
		return nil, err
	} else if node == nil {
		dir.change(func(names map[string]*inode) { names[filepath.Base(name)] = &inode{} })
	}
	d.locks[name] = true
	return unlock(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.locks, name)
	}), nil
}
