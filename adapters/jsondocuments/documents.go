package jsondocuments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// formatVersion is the version of dead letters and webhooks on disk.
const formatVersion = 1

// kind is what a document store must know about its documents.
type kind[T any] struct {
	table  string // in a *ports.LimitError
	limit  int    // of documents
	id     func(T) string
	clone  func(T) T
	encode func(T) ([]byte, error) // as JSON without a line break
	decode func([]byte) (T, error) // keeps nothing of what it is given; its error quotes nothing of it
}

// documents is a document store: the documents of one kind in a directory. All methods may be
// called at the same time.
type documents[T any] struct {
	kind kind[T]
	disk durablefile.Disk
	dir  string

	// writing is held by the one call that changes files; it also protects lock and failed.
	writing sync.Mutex
	lock    durablefile.DirLock // nil once the store is closed
	// failed is the sync after which the state of the disk is unknown. A later sync could
	// report success for lost bytes, so nothing is written any more.
	failed error

	mu     sync.RWMutex // held for moments only; protects what follows
	closed bool
	ids    []string // sorted
	all    map[string]T
}

// openDocuments locks a directory, which need not exist, and reads all documents in it. The
// lock of another instance is a ports.ErrInUse. A document that differs from the written one is a
// *ports.CorruptError, one of a newer version a *ports.NewerFormatError. The rests of interrupted
// writes are removed.
func openDocuments[T any](dir string, disk durablefile.Disk, kind kind[T]) (*documents[T], error) {
	d := &documents[T]{kind: kind, disk: disk, dir: dir, all: map[string]T{}}
	if err := disk.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("create %s: %w", dir, err)
	}
	lock, err := disk.LockDir(dir, durablefile.Exclusive)
	if errors.Is(err, durablefile.ErrLocked) {
		return nil, fmt.Errorf("open %s: %w", dir, ports.ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	d.lock = lock
	if err := d.loadAll(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return d, nil
}

func (d *documents[T]) loadAll() error {
	names, err := d.disk.List(d.dir)
	if err != nil {
		return fmt.Errorf("list %s: %w", d.dir, err)
	}
	for _, name := range names {
		path := filepath.Join(d.dir, name)
		switch filepath.Ext(name) {
		case tmpX:
			if err := d.disk.Remove(path); err != nil {
				return fmt.Errorf("remove unfinished document: %w", err)
			}
		case fileX:
			if err := d.load(path); err != nil {
				return err
			}
		}
	}
	slices.Sort(d.ids)
	return nil
}

func (d *documents[T]) load(path string) error {
	content, err := durablefile.ReadAll(d.disk, path)
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	text, err := unseal(content)
	if format := formatOf(text); err == nil && format > formatVersion {
		return &ports.NewerFormatError{Location: path, Format: format, Known: formatVersion}
	}
	var one T
	if err == nil {
		one, err = d.kind.decode(text)
	}
	if err == nil && d.file(d.kind.id(one)) != path {
		err = errors.New("its name is not that of what it holds")
	}
	if err != nil {
		return &ports.CorruptError{Location: path, Problem: err.Error()}
	}
	id := d.kind.id(one)
	d.ids, d.all[id] = append(d.ids, id), one
	return nil
}

// file returns the path of the document with an ID.
func (d *documents[T]) file(id string) string {
	return filepath.Join(d.dir, durablefile.NameFor(id)+fileX)
}

// Put stores a document, durably on return, in place of one with the same ID.
func (d *documents[T]) Put(ctx context.Context, one T) error {
	text, err := d.kind.encode(one)
	if err != nil {
		return err
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.usable(ctx); err != nil {
		return err
	}
	id := d.kind.id(one)
	if !d.fits(id) {
		return &ports.LimitError{Table: d.kind.table, Limit: d.kind.limit}
	}
	if err := d.wrote(durablefile.WriteAtomically(d.disk, d.file(id), seal(text))); err != nil {
		return err
	}
	one = d.kind.clone(one)
	d.mu.Lock()
	defer d.mu.Unlock()
	if at, known := slices.BinarySearch(d.ids, id); !known {
		d.ids = slices.Insert(d.ids, at, id)
	}
	d.all[id] = one
	return nil
}

// Remove deletes a document, durably on return.
func (d *documents[T]) Remove(ctx context.Context, id string) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.usable(ctx); err != nil {
		return err
	}
	switch err := d.disk.Remove(d.file(id)); {
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("remove document: %w", err)
	default:
		if !d.known(id) {
			return nil
		}
		// An operator removed its file. It must go from memory, too.
	}
	if err := d.disk.SyncDir(d.dir); err != nil {
		return d.wrote(&durablefile.SyncError{Op: "sync directory", Path: d.dir, Err: err})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if at, known := slices.BinarySearch(d.ids, id); known {
		d.ids = slices.Delete(d.ids, at, at+1)
	}
	delete(d.all, id)
	return nil
}

func (d *documents[T]) known(id string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	_, known := d.all[id]
	return known
}

// fits reports whether a document with an ID may be stored.
func (d *documents[T]) fits(id string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	_, known := d.all[id]
	return known || len(d.all) < d.kind.limit
}

// usable returns the error that forbids to write now.
func (d *documents[T]) usable(ctx context.Context) error {
	if d.lock == nil {
		return errClosed
	}
	if d.failed != nil {
		return fmt.Errorf("%w: an earlier %w", ports.ErrUnavailable, d.failed)
	}
	return ctx.Err()
}

// wrote returns the port's error for the outcome of a write, and remembers one after which
// nothing more may be written.
func (d *documents[T]) wrote(err error) error {
	switch _, open := errors.AsType[*durablefile.SyncError](err); {
	case err == nil:
		return nil
	case open:
		d.failed = err
		return fmt.Errorf("%w: %w", ports.ErrOutcomeUnknown, err)
	case durablefile.IsFull(err):
		return fmt.Errorf("%w: %w", ports.ErrReadOnly, err)
	}
	return fmt.Errorf("write document: %w", err)
}

// Close releases the directory. Closing twice is harmless; other calls then give
// ports.ErrUnavailable.
func (d *documents[T]) Close() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.lock == nil {
		return nil
	}
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	err := d.lock.Close()
	d.lock = nil
	if err != nil {
		return fmt.Errorf("unlock %s: %w", d.dir, err)
	}
	return nil
}
