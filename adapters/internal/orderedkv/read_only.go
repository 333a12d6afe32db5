package orderedkv

import (
	"errors"
	"fmt"
	"os"

	"github.com/cockroachdb/pebble/v2"
)

// OpenReadOnly opens the store in a directory and changes nothing. Errors are fs.ErrNotExist, ErrInUse,
// ErrDamaged and those of the disk. A Write gives an error.
func OpenReadOnly(dir string, o Options) (*Disk, error) {
	fs := o.fileSystem()
	d := &Disk{patience: newPatience(o.Pause), mark: damageMark{dir: dir, fs: fs, readOnly: true}}
	if _, err := fs.Stat(fs.PathJoin(dir, lockName)); err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	if d.mark.exists() {
		return nil, ErrDamaged
	}
	lock, err := pebble.LockDirectory(dir, fs)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInUse, dir, err)
	}
	d.lock = lock
	options := d.pebbleOptions(fs, o)
	options.ReadOnly = true
	d.db, err = pebble.Open(dir, options)
	if errors.Is(err, pebble.ErrDBDoesNotExist) { // the slot of a process that is gone
		err = os.ErrNotExist
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open index: %w", err), lock.Close())
	}
	return d, nil
}
