package simdisk

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
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

// Fault is what shall become of a call: Err, after the first Keep bytes of a
// write or the first Keep changes of a file's sync; a rename that keeps anything
// happened all the same. Wait, if set, holds the call up until it is closed,
// while other calls go on. Kill, if set, is killed in the call. The zero Fault lets the call happen.
type Fault struct {
	Err  error
	Keep int
	Wait <-chan struct{}
	Kill *Process
}

// Disk is a durablefile.Disk in memory.
type Disk struct {
	mu      sync.Mutex
	dirs    map[string]*directory
	locks   map[string]*holders
	calls   int
	crashed bool
	plan    func(Call) Fault
	open    int

	readPlan func(Call) Fault
}

// New returns an empty disk without faults.
func New() *Disk {
	return &Disk{dirs: map[string]*directory{}, locks: map[string]*holders{}}
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
// the unsynced survived. A nil rng keeps everything.
func (d *Disk) Reboot(rng *rand.Rand) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crashed = true
	next := New()
	for _, path := range slices.Sorted(maps.Keys(d.dirs)) { // the same seed is the same outcome
		survivors := d.dirs[path].afterCrash(rng)
		for _, name := range slices.Sorted(maps.Keys(survivors)) {
			survivors[name] = survivors[name].afterCrash(rng)
		}
		next.dirs[path] = &directory{names: survivors, durable: maps.Clone(survivors)}
	}
	return next
}

// Restart returns the disk as the next process finds it after this one was
// killed while the machine went on: everything is seen, and what was not synced
// still is not. It takes the content over, so it is the last thing to do with d.
func (d *Disk) Restart() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crashed = true
	next := New()
	next.dirs = d.dirs
	return next
}

// before counts a changing call and asks the plan about it. The lock is held,
// but not while the call is held up.
func (d *Disk) before(op, name string) Fault {
	if d.crashed {
		return Fault{Err: ErrCrashed}
	}
	d.calls++
	if d.plan == nil {
		return Fault{}
	}
	fault := d.plan(Call{Op: op, Name: name, N: d.calls})
	if fault.Wait != nil {
		d.mu.Unlock()
		<-fault.Wait
		d.mu.Lock()
		if d.crashed {
			return Fault{Err: ErrCrashed}
		}
	}
	if errors.Is(fault.Err, ErrCrashed) {
		d.crashed = true
	}
	if fault.Kill != nil {
		fault.Kill.kill()
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
