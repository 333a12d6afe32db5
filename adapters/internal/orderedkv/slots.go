package orderedkv

import (
	"errors"
	"path/filepath"
	"strconv"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// MaxSlots is how many processes may have an index of their own in one directory.
const MaxSlots = 64

// keepUnused is how long a slot is kept that no process uses while others are used.
const keepUnused = 7 * 24 * time.Hour

// OpenSlot opens the first store of a directory that no other process uses: each process that
// shares the directory has an index of its own. It empties stores that no process has used for long.
// Errors are ErrInUse, if all are used, and those of Open.
func OpenSlot(dir string, o Options) (d *Disk, err error) {
	all := slots{dir: dir, fs: o.fileSystem()}
	used := all.lastUses()
	slot := 0
	for ; slot < MaxSlots; slot++ {
		if d, err = Open(all.path(slot), o); !errors.Is(err, ErrInUse) {
			break
		}
	}
	if err == nil || IsFull(err) {
		all.emptyUnused(slot, used)
	}
	return d, err // with the reason why the last one cannot be locked
}

// slots is a directory with the stores of several processes.
type slots struct {
	dir string
	fs  vfs.FS
}

func (s slots) path(slot int) string { return filepath.Join(s.dir, strconv.Itoa(slot+1)) }

// lastUses returns when each store was last written; the time of one without content is zero.
func (s slots) lastUses() (uses [MaxSlots]time.Time) {
	for slot := range uses {
		uses[slot] = s.lastUse(slot)
	}
	return uses
}

func (s slots) lastUse(slot int) (last time.Time) {
	dir := s.path(slot)
	names, err := s.fs.List(dir)
	if err != nil {
		return last // there is none, or nothing is known of it
	}
	for _, name := range names {
		if name == lockName { // an attempt to lock it is no use
			continue
		}
		if info, err := s.fs.Stat(s.fs.PathJoin(dir, name)); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}

// emptyUnused empties the stores but one whose last use is long before that of another. While no
// process runs, no store gets older than the others. The next start tries again what fails here.
func (s slots) emptyUnused(own int, used [MaxSlots]time.Time) {
	newest := time.Time{}
	for _, last := range used {
		if last.After(newest) {
			newest = last
		}
	}
	for slot, last := range used {
		if slot != own && !last.IsZero() && newest.Sub(last) > keepUnused {
			s.empty(slot, last)
		}
	}
}

// empty empties a store, unless a process uses it or has used it meanwhile. The lock stays, since
// another process may be about to take it.
func (s slots) empty(slot int, last time.Time) {
	dir := s.path(slot)
	lock, err := pebble.LockDirectory(dir, s.fs)
	if err != nil {
		return
	}
	defer func() { _ = lock.Close() }() // it only releases the lock
	if s.lastUse(slot) != last {
		return
	}
	mark := damageMark{dir: dir, fs: s.fs}
	mark.set(errUnused)
	if mark.exists() { // otherwise an interruption could leave a store that looks sound
		_ = mark.deleteAll()
	}
}

var errUnused = errors.New("no process has used the index for long")
