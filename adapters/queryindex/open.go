package queryindex

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
)

// Open opens the first index in a directory that no other process uses: each process that shares the
// directory has one of its own. Errors are those of the disk, and one that says that too many
// processes share the directory.
func Open(dir string) (*Index, error) {
	store, err := orderedkv.OpenSlot(dir, orderedkv.Options{})
	if err != nil {
		return nil, err
	}
	return newIn(store)
}

// IsFull reports whether an error of Open means that the disk is full.
func IsFull(err error) bool { return orderedkv.IsFull(err) }

// OpenAll opens all indexes in a directory, by their paths. None may be in use. Errors are those of
// Open.
func OpenAll(dir string) (map[string]*Index, error) {
	found, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("list indexes: %w", err)
	}
	all := map[string]*Index{}
	for _, entry := range found {
		path := filepath.Join(dir, entry.Name())
		x, err := openPath(path)
		if err != nil {
			for _, opened := range all {
				err = errors.Join(err, opened.Close())
			}
			return nil, err
		}
		all[path] = x
	}
	return all, nil
}

func openPath(path string) (*Index, error) {
	store, err := orderedkv.Open(path, orderedkv.Options{})
	if err != nil {
		return nil, err
	}
	return newIn(store)
}

// newIn is New for a store that must be closed if that fails.
func newIn(store orderedkv.Store) (*Index, error) {
	x, err := New(store)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return x, nil
}

// InMemory returns an empty index that ends with the process.
func InMemory() *Index {
	x, err := New(orderedkv.NewMemory())
	if err != nil {
		panic(err) // a new store in memory has no faults
	}
	return x
}
