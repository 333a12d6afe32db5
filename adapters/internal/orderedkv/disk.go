package orderedkv

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options say how a store on disk is opened. The zero value is usable.
type Options struct {
	// MissesAreCommon says that most keys that are looked up do not exist: filters then exist in the
	// last level, too, where most pairs are. They take 1.3 bytes a pair, also of the cache.
	MissesAreCommon bool
	CacheBytes      int64  // of blocks in memory; 0: 64 MiB
	TableBytes      uint64 // of a table in memory, of which there are up to 4; 0 is 16 MiB
	FS              vfs.FS // nil: the machine's
	Pause           func() // before another attempt to write to a full disk; nil: a second
}

func (o Options) fileSystem() vfs.FS {
	if o.FS == nil {
		return vfs.Default
	}
	return o.FS
}

// Disk is a Store on disk.
type Disk struct {
	db       *pebble.DB
	lock     *pebble.Lock
	patience *patience

	missesAreCommon bool
	mark            damageMark

	writing sync.Mutex
	uses    gate // of db
}

// Open opens the store in a directory, which it creates if it is missing. It first deletes a
// store that is damaged or of a later format. Errors are ErrInUse and those of the disk.
func Open(dir string, o Options) (*Disk, error) {
	fs := o.fileSystem()
	if err := fs.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	lock, err := pebble.LockDirectory(dir, fs)
	if IsFull(err) {
		return nil, fmt.Errorf("open index: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInUse, dir, err)
	}
	d := &Disk{
		lock: lock, patience: newPatience(o.Pause), mark: damageMark{dir: dir, fs: fs},
		missesAreCommon: o.MissesAreCommon,
	}
	err = probe(dir, fs)
	if err == nil {
		err = d.open(dir, fs, o)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open index: %w", err), lock.Close())
	}
	return d, nil
}

func (d *Disk) open(dir string, fs vfs.FS, o Options) (err error) {
	if d.mark.exists() {
		if err := d.mark.deleteAll(); err != nil {
			return err
		}
	}
	d.db, err = d.openPebble(dir, d.pebbleOptions(fs, o))
	if _, ofSystem := errors.AsType[syscall.Errno](err); err != nil && !ofSystem {
		if err := d.mark.deleteAll(); err != nil {
			return err
		}
		d.db, err = d.openPebble(dir, d.pebbleOptions(fs, o))
	}
	d.patience.begin()
	return err
}

// probeBytes are about what opening a store may write.
const probeBytes = 1 << 20

// probe writes a file and deletes it again, to see that a disk is not full: Pebble repeats some
// writes for ever while it opens.
func probe(dir string, fs vfs.FS) error {
	name := fs.PathJoin(dir, "PROBE")
	file, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, probeBytes))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close(), fs.Remove(name))
}

// openPebble opens Pebble. Where Pebble would end the process instead, its goroutine hangs until the
// process ends, and the reason is returned.
func (d *Disk) openPebble(dir string, options *pebble.Options) (*pebble.DB, error) {
	type result struct {
		db  *pebble.DB
		err error
	}
	opened := make(chan result, 1)
	go func() {
		db, err := pebble.Open(dir, options)
		opened <- result{db, err}
	}()
	select {
	case r := <-opened:
		return r.db, r.err
	case <-d.patience.failed:
		return nil, d.patience.whyFailed()
	}
}

// Write implements Store. It also returns when a fault of the disk stalls the store meanwhile;
// the write itself then hangs until the process ends.
func (d *Disk) Write(b *Batch) error {
	if err := d.uses.enter(); err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() {
		defer d.uses.inside.Done()
		d.writing.Lock()
		defer d.writing.Unlock()
		written <- d.commit(b)
	}()
	select {
	case err := <-written:
		return err
	case <-d.patience.failed:
		_, reason := d.patience.status()
		return fmt.Errorf("%w: %w", ErrStalled, reason)
	}
}

func (d *Disk) commit(b *Batch) error {
	batch := d.db.NewBatchWithSize(b.bytes + 16*len(b.changes))
	defer func() { _ = batch.Close() }() // it only releases memory
	for _, c := range b.changes {
		var err error
		switch {
		case c.until != nil:
			err = batch.DeleteRange(c.key, c.until, nil)
		case c.value == nil:
			err = batch.Delete(c.key, nil)
		default:
			err = batch.Set(c.key, c.value, nil)
		}
		if err != nil {
			return fmt.Errorf("write index: %w", err)
		}
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	return nil
}

// Status implements Store.
func (d *Disk) Status() Status {
	s := Status{Damaged: d.mark.damage()}
	s.Waiting, s.Stalled = d.patience.status()
	if d.uses.enter() == nil {
		defer d.uses.inside.Done()
		s.Bytes = int64(min(d.db.Metrics().DiskSpaceUsage(), 1<<62))
	}
	return s
}

// Close implements Store. A store that waits for its disk, or begins to while it is closed, is
// abandoned instead: the end of the process releases it.
func (d *Disk) Close() error {
	closed := make(chan error, 1)
	select {
	case <-d.patience.held():
		return nil
	default:
		go func() { closed <- d.close() }()
	}
	select {
	case err := <-closed:
		return err
	case <-d.patience.held():
		return nil
	}
}

func (d *Disk) close() error {
	if !d.uses.close() {
		return nil
	}
	if err := errors.Join(d.db.Close(), d.lock.Close()); err != nil {
		return fmt.Errorf("close index: %w", err)
	}
	return nil
}
