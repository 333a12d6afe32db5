package orderedkv

import (
	"bytes"
	"iter"
	"slices"
	"sync"

	"github.com/google/btree"
)

// Memory is a Store that ends with the process. The zero value is not usable; NewMemory makes one.
type Memory struct {
	mu     sync.Mutex
	pairs  *btree.BTreeG[Pair]
	closed bool
}

// NewMemory returns an empty store in memory.
func NewMemory() *Memory {
	const degree = 32
	return &Memory{pairs: btree.NewG(degree, func(a, b Pair) bool { return bytes.Compare(a.Key, b.Key) < 0 })}
}

// Get implements Store.
func (m *Memory) Get(key []byte) (value []byte, found bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, false, ErrClosed
	}
	pair, found := m.pairs.Get(Pair{Key: key})
	return slices.Clone(pair.Value), found, nil
}

// Scan implements Store.
func (m *Memory) Scan(lower, upper []byte, reverse bool) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		pairs, err := m.snapshot()
		if err != nil {
			yield(Pair{}, err)
			return
		}
		within := func(p Pair) bool { return yield(p, nil) }
		if !reverse {
			pairs.AscendRange(Pair{Key: lower}, Pair{Key: upper}, within)
			return
		}
		pairs.DescendLessOrEqual(Pair{Key: upper}, func(p Pair) bool {
			return bytes.Equal(p.Key, upper) || bytes.Compare(p.Key, lower) >= 0 && within(p)
		})
	}
}

// Write implements Store.
func (m *Memory) Write(b *Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	for _, c := range b.changes {
		switch {
		case c.until != nil:
			m.deleteRange(c.key, c.until)
		case c.value == nil:
			m.pairs.Delete(Pair{Key: c.key})
		default:
			m.pairs.ReplaceOrInsert(Pair{Key: c.key, Value: c.value})
		}
	}
	return nil
}

// Status implements Store.
func (*Memory) Status() Status { return Status{} }

// Close implements Store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

// snapshot returns the pairs as they are now; later writes do not change them.
func (m *Memory) snapshot() (*btree.BTreeG[Pair], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	return m.pairs.Clone(), nil
}

// deleteRange removes the pairs of a range. The lock is held.
func (m *Memory) deleteRange(lower, upper []byte) {
	var gone []Pair
	m.pairs.AscendRange(Pair{Key: lower}, Pair{Key: upper}, func(p Pair) bool {
		gone = append(gone, p)
		return true
	})
	for _, p := range gone {
		m.pairs.Delete(p)
	}
}
