package queryindex

import (
	"errors"

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
