package jsondocuments

import (
	"context"
	"fmt"
	"slices"

	"github.com/onhand/onhand/ports"
)

var errClosed = fmt.Errorf("%w: closed", ports.ErrUnavailable)

// read calls f with the documents locked.
func (d *documents[T]) read(ctx context.Context, f func()) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f()
	return nil
}

// get returns the document with an ID; false if there is none.
func (d *documents[T]) get(ctx context.Context, id string) (one T, found bool, err error) {
	err = d.read(ctx, func() {
		if one, found = d.all[id]; found {
			one = d.kind.clone(one)
		}
	})
	return one, found, err
}

// after returns up to n of the documents that are wanted (nil wants all) whose IDs come after
// one, in the order of their IDs.
func (d *documents[T]) after(ctx context.Context, id string, n int, want func(T) bool) (list []T, err error) {
	err = d.read(ctx, func() {
		from, there := slices.BinarySearch(d.ids, id)
		if there {
			from++
		}
		list = d.wanted(d.ids[from:], n, want)
	})
	return list, err
}

// list returns all documents in the order of their IDs.
func (d *documents[T]) list(ctx context.Context) (list []T, err error) {
	err = d.read(ctx, func() { list = d.wanted(d.ids, len(d.ids), nil) })
	return list, err
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
func (d *documents[T]) count(ctx context.Context, want func(T) bool) (n int, err error) {
	err = d.read(ctx, func() {
		if want == nil {
			n = len(d.all)
			return
		}
		for _, one := range d.all {
			if want(one) {
				n++
			}
		}
	})
	return n, err
}
