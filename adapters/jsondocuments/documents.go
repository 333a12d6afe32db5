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

	// writing is held by the one call that changes files; it also protects failed.
	writing sync.Mutex
	// failed is the sync after which the state of the disk is unknown. A later sync could
	// report success for what was lost, so nothing is written any more.
	failed error

	mu  sync.RWMutex // held for moments only
	ids []string     // sorted
	all map[string]T
}

// openDocuments reads all documents in a directory, which need not exist. A document that is
// not what was written is a *ports.CorruptError. The rests of interrupted writes are removed.
func openDocuments[T any](dir string, disk durablefile.Disk, kind kind[T]) (*documents[T], error) {
	d := &documents[T]{kind: kind, disk: disk, dir: dir, all: map[string]T{}}
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

func (d *documents[T]) load(path string) error {
	content, err := durablefile.ReadAll(d.disk, path)
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	text, err := unseal(content)
	var one T
	if err == nil {
		one, err = d.kind.decode(text)
	}
	if err == nil && d.file(d.kind.id(one)) != path {
		err = errors.New("its name is not that of what it holds")
	}
	if err != nil {
		return &ports.CorruptError{File: path, Problem: err.Error()}
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
	if _, known := d.get(id); !known && d.count(nil) >= d.kind.limit {
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
		if _, known := d.get(id); !known {
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

// usable returns the error that forbids to write now.
func (d *documents[T]) usable(ctx context.Context) error {
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

func (d *documents[T]) get(id string) (one T, found bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if one, found = d.all[id]; found {
		one = d.kind.clone(one)
	}
	return one, found
}

// after returns up to n of the documents that are wanted (nil wants all) whose IDs come after
// one, in the order of their IDs.
func (d *documents[T]) after(id string, n int, want func(T) bool) []T {
	d.mu.RLock()
	defer d.mu.RUnlock()
	from, there := slices.BinarySearch(d.ids, id)
	if there {
		from++
	}
	return d.wanted(d.ids[from:], n, want)
}

// list returns all documents in the order of their IDs.
func (d *documents[T]) list() []T {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.wanted(d.ids, len(d.ids), nil)
}

func (d *documents[T]) wanted(ids []string, n int, want func(T) bool) []T {
	var list []T
	for _, id := range ids {
		if len(list) >= n {
			break
		}
		if one := d.all[id]; want == nil || want(one) {
			list = append(list, d.kind.clone(one))
		}
	}
	return list
}

// count returns how many of the documents are wanted (nil wants all).
func (d *documents[T]) count(want func(T) bool) int {
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
