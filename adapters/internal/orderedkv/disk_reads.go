package orderedkv

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Get implements Store.
func (d *Disk) Get(key []byte) (value []byte, found bool, err error) {
	if err := d.uses.enter(); err != nil {
		return nil, false, err
	}
	defer d.uses.inside.Done()
	if d.missesAreCommon {
		return d.getByFilters(key)
	}
	value, closer, err := d.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, d.readFault(err)
	}
	defer func() { _ = closer.Close() }() // it only releases the block
	return slices.Clone(value), true, nil
}

// getByFilters is Get, and uses the filters of the last level, as DB.Get does not.
func (d *Disk) getByFilters(key []byte) (value []byte, found bool, err error) {
	pairs, err := d.db.NewIter(&pebble.IterOptions{UseL6Filters: true})
	if err != nil {
		return nil, false, d.readFault(err)
	}
	defer func() { _ = pairs.Close() }() // Error has told its faults
	if !pairs.SeekPrefixGE(key) || !bytes.Equal(pairs.Key(), key) {
		if err := pairs.Error(); err != nil {
			return nil, false, d.readFault(err)
		}
		return nil, false, nil
	}
	if value, err = pairs.ValueAndErr(); err != nil {
		return nil, false, d.readFault(err)
	}
	return slices.Clone(value), true, nil
}

// Scan implements Store. Close waits for its end.
func (d *Disk) Scan(lower, upper []byte, reverse bool) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		if err := d.uses.enter(); err != nil {
			yield(Pair{}, err)
			return
		}
		defer d.uses.inside.Done()
		pairs, err := d.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			yield(Pair{}, d.readFault(err))
			return
		}
		defer func() { _ = pairs.Close() }() // Error has told its faults
		first, next := pairs.First, pairs.Next
		if reverse {
			first, next = pairs.Last, pairs.Prev
		}
		for valid := first(); valid; valid = next() {
			value, err := pairs.ValueAndErr()
			if err != nil {
				yield(Pair{}, d.readFault(err))
				return
			}
			if !yield(Pair{Key: pairs.Key(), Value: value}, nil) {
				return
			}
		}
		if err := pairs.Error(); err != nil {
			yield(Pair{}, d.readFault(err))
		}
	}
}

// readFault marks the store if a read found damage.
func (d *Disk) readFault(err error) error {
	if !pebble.IsCorruptionError(err) {
		return fmt.Errorf("read index: %w", err)
	}
	d.mark.set(err)
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}
