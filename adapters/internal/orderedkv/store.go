package orderedkv

import (
	"errors"
	"io"
	"iter"
)

// Store is an ordered key-value store. All methods may be called at the same time; writes take
// turns. Keys are ordered by their bytes.
type Store interface {
	// Get returns a copy of the value of a key. Errors are ErrDamaged, ErrClosed and those of the disk.
	Get(key []byte) (value []byte, found bool, err error)
	// Scan visits the pairs with lower <= key < upper in order, or in reverse order, as they were at
	// its beginning. A pair is valid until the next one. An error ends the iteration. lower is not empty.
	Scan(lower, upper []byte, reverse bool) iter.Seq2[Pair, error]
	// Write makes all changes of a batch durable, or none of them. It waits while the disk is full.
	// Errors are ErrStalled, which lasts until the store is opened again, and ErrClosed.
	Write(b *Batch) error
	// Status returns the store's condition.
	Status() Status
	io.Closer
}

// Pair is a key with its value.
type Pair struct{ Key, Value []byte }

// Status is a store's condition.
type Status struct {
	Bytes   int64 // on disk
	Waiting bool  // a write waits because the disk is full
	Stalled error // why no write is possible until the store is opened again; nil: writes are possible
	Damaged error // the damage that a read found; nil: none
}

// The errors of a store.
var (
	ErrClosed  = errors.New("the index is closed")
	ErrStalled = errors.New("the index cannot be written until the service starts again")
	ErrDamaged = errors.New("the index is damaged: the next start rebuilds it from the log")
	ErrInUse   = errors.New("another process uses the index")
)

// Batch is a list of changes that are written together. A later change of a key replaces an earlier one.
type Batch struct {
	changes []change
	bytes   int
}

type change struct {
	key, value []byte // of Put; without a value the key is deleted
	until      []byte // of DeleteRange: the end of the keys to delete, which begin at key
}

// Put sets the value of a key. The batch keeps both slices.
func (b *Batch) Put(key, value []byte) {
	if value == nil {
		value = []byte{}
	}
	b.add(change{key: key, value: value})
}

// Delete removes a key, if it exists. The batch keeps the slice.
func (b *Batch) Delete(key []byte) { b.add(change{key: key}) }

// DeleteRange removes all keys with lower <= key < upper. The batch keeps the slices.
func (b *Batch) DeleteRange(lower, upper []byte) { b.add(change{key: lower, until: upper}) }

// Len returns the number of changes.
func (b *Batch) Len() int { return len(b.changes) }

// Bytes returns the size of the changes.
func (b *Batch) Bytes() int { return b.bytes }

func (b *Batch) add(c change) {
	b.changes = append(b.changes, c)
	b.bytes += len(c.key) + len(c.value) + len(c.until)
}
