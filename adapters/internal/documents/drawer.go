package documents

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

// Kind is what a drawer must know about its documents.
type Kind[T any] struct {
	Table  string // in a *ports.LimitError
	Limit  int    // of documents
	ID     func(T) string
	Clone  func(T) T
	Encode func(T) ([]byte, error) // as JSON without a line break
	Decode func([]byte) (T, error) // keeps nothing of what it is given; its error quotes nothing of it
}

// Drawer is the documents in a directory. All methods may be called at the same
// time.
type Drawer[T any] struct {
	kind Kind[T]
	disk durablefile.Disk
	dir  string

	// writing is held by the one that changes files; it also protects failed.
	writing sync.Mutex
	// failed is the sync after which nobody knows what is on disk. A later sync
	// could report success for what was lost, so nothing is written any more.
	failed error

	mu  sync.RWMutex // held for moments only
	ids []string     // sorted
	all map[string]T
}

// Open reads all documents in a directory, which need not exist. One that is not
// what was written is a *ports.CorruptError. What interrupted writes left is removed.
func Open[T any](dir string, disk durablefile.Disk, kind Kind[T]) (*Drawer[T], error) {
	d := &Drawer[T]{kind: kind, disk: disk, dir: dir, all: map[string]T{}}
	if err := disk.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("create %s: %w", dir, err)
	}
	names, err := disk.List(dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		switch filepath.Ext(name) {
		case tmpX:
			if err := disk.Remove(path); err != nil {
				return nil, fmt.Errorf("remove unfinished document: %w", err)
			}
		case fileX:
			if err := d.load(path); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(d.ids)
	return d, nil
}

func (d *Drawer[T]) load(path string) error {
	content, err := durablefile.ReadAll(d.disk, path)
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	document, err := unseal(content)
	var one T
	if err == nil {
		one, err = d.kind.Decode(document)
	}
	if err == nil && d.file(d.kind.ID(one)) != path {
		err = errors.New("its name is not that of what it holds")
	}
	if err != nil {
		return &ports.CorruptError{File: path, Problem: err.Error()}
	}
	id := d.kind.ID(one)
	d.ids, d.all[id] = append(d.ids, id), one
	return nil
}

// file is the path of the document with an ID.
func (d *Drawer[T]) file(id string) string {
	return filepath.Join(d.dir, durablefile.NameFor(id)+fileX)
}

// Put keeps a document, durably on return, in place of one with the same ID.
func (d *Drawer[T]) Put(ctx context.Context, one T) error {
	document, err := d.kind.Encode(one)
	if err != nil {
		return err
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.usable(ctx); err != nil {
		return err
	}
	id := d.kind.ID(one)
	if _, known := d.Get(id); !known && d.Count(nil) >= d.kind.Limit {
		return &ports.LimitError{Table: d.kind.Table, Limit: d.kind.Limit}
	}
	if err := d.wrote(durablefile.WriteAtomically(d.disk, d.file(id), seal(document))); err != nil {
		return err
	}
	one = d.kind.Clone(one)
	d.mu.Lock()
	defer d.mu.Unlock()
	if at, known := slices.BinarySearch(d.ids, id); !known {
		d.ids = slices.Insert(d.ids, at, id)
	}
	d.all[id] = one
	return nil
}

// Remove forgets a document, durably on return.
func (d *Drawer[T]) Remove(ctx context.Context, id string) error {
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
		if _, known := d.Get(id); !known {
			return nil
		}
		// Somebody else removed its file. It must go from memory, too.
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

// usable tells whether something may be written now.
func (d *Drawer[T]) usable(ctx context.Context) error {
	if d.failed != nil {
		return fmt.Errorf("%w: an earlier %w", ports.ErrUnavailable, d.failed)
	}
	return ctx.Err()
}

// wrote remembers an error after which nothing more may be written.
func (d *Drawer[T]) wrote(err error) error {
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

// Get finds a document.
func (d *Drawer[T]) Get(id string) (one T, found bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if one, found = d.all[id]; found {
		one = d.kind.Clone(one)
	}
	return one, found
}

// Behind gives up to n of the documents that are wanted (nil is all), in the order
// of their IDs, those behind one ID.
func (d *Drawer[T]) Behind(after string, n int, want func(T) bool) []T {
	d.mu.RLock()
	defer d.mu.RUnlock()
	from, there := slices.BinarySearch(d.ids, after)
	if there {
		from++
	}
	return d.wanted(d.ids[from:], n, want)
}

// All gives all documents in the order of their IDs.
func (d *Drawer[T]) All() []T {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.wanted(d.ids, len(d.ids), nil)
}

func (d *Drawer[T]) wanted(ids []string, n int, want func(T) bool) []T {
	var list []T
	for _, id := range ids {
		if len(list) >= n {
			break
		}
		if one := d.all[id]; want == nil || want(one) {
			list = append(list, d.kind.Clone(one))
		}
	}
	return list
}

// Count is how many of the documents are wanted (nil is all).
func (d *Drawer[T]) Count(want func(T) bool) int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if want == nil {
		return len(d.all)
	}
	n := 0
	for _, one := range d.all {
		if want(one) {
			n++
		}
	}
	return n
}
