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

// OpenAll opens all indexes in a directory to read them, by their paths. It changes nothing, not even
// an index that is damaged. It returns why it could not open others: they are disposable, so that is no damage
// of the data. An error is that of the directory.
func OpenAll(dir string) (all map[string]*Index, skipped []string, err error) {
	found, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("list indexes: %w", err)
	}
	all = map[string]*Index{}
	for _, entry := range found {
		path := filepath.Join(dir, entry.Name())
		x, err := openReadOnly(path)
		switch {
		case errors.Is(err, os.ErrNotExist): // it is no index
		case err != nil:
			skipped = append(skipped, fmt.Sprintf("%s: %v", path, err))
		default:
			all[path] = x
		}
	}
	return all, skipped, nil
}

var errFormat = errors.New("the index is of another format: the next start rebuilds it from the log")

func openReadOnly(path string) (*Index, error) {
	store, err := orderedkv.OpenReadOnly(path, orderedkv.Options{})
	if err != nil {
		return nil, err
	}
	s, err := readState(store)
	if err == nil && s == nil {
		err = errFormat
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	x := &Index{store: store, turn: make(chan struct{}, 1)}
	x.state.Store(s)
	return x, nil
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
