package simdisk

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

const sector = 512

// Disk is a durablefile.Disk in memory.
type Disk struct {
	faults
	dirs  map[string]*directory
	locks locks
	open  int
}

var _ durablefile.Disk = (*Disk)(nil)

// New returns an empty disk without faults.
func New() *Disk {
	return &Disk{dirs: map[string]*directory{}, locks: locks{}}
}

// OpenFiles returns the number of files that are open now.
func (d *Disk) OpenFiles() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open
}

// Reboot returns the disk as the next start finds it; rng chooses what of the unsynced
// survived. A nil rng keeps everything.
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

// Restart returns the disk as the next process finds it after this process was killed
// while the machine continued: every write is visible, and a crash can still lose the
// unsynced ones. It takes the content over, so it is the last thing to do with d.
func (d *Disk) Restart() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crashed = true
	next := New()
	next.dirs = d.dirs
	return next
}

// Durable returns the content of a file that every crash keeps, until it is overwritten;
// nil if a crash may lose the file's name.
func (d *Disk) Durable(name string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if dir := d.dirs[filepath.Dir(name)]; dir != nil && dir.durable[filepath.Base(name)] != nil {
		return slices.Clone(dir.durable[filepath.Base(name)].durable)
	}
	return nil
}

// DurableNames returns the names in a directory that every crash keeps, until they are
// removed, sorted.
func (d *Disk) DurableNames(name string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if dir := d.dirs[name]; dir != nil {
		return slices.Sorted(maps.Keys(dir.durable))
	}
	return nil
}

// lookup returns the directory of a name, and the file if there is one.
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
