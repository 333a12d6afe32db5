package jsonevents_test

import (
	"sync"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
)

// indexDisk keeps the index of one process from start to start, and fails on order.
type indexDisk struct {
	mu      sync.Mutex
	content *orderedkv.Memory
	writes  int
	largest int // of the writes, in changes
	lookups int
	refuse  error         // of writes
	stuck   chan struct{} // writes wait until it is closed; nil: they do not
	slow    chan struct{} // likewise, but the disk has room
	damaged func(key []byte) bool
}

func newIndexDisk() *indexDisk { return &indexDisk{content: orderedkv.NewMemory()} }

// open is a start's. A damaged index starts empty.
func (d *indexDisk) open(string) (orderedkv.Store, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.damaged != nil {
		d.content, d.damaged = orderedkv.NewMemory(), nil
	}
	return &openIndex{Memory: d.content, disk: d}, nil
}

// copy is the index as it is now.
func (d *indexDisk) copy() *indexDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	other := newIndexDisk()
	var all orderedkv.Batch
	for pair := range d.content.Scan([]byte{0}, []byte{0xff}, false) { //nolint:errcheck // memory has no faults
		all.Put(append([]byte{}, pair.Key...), append([]byte{}, pair.Value...))
	}
	_ = other.content.Write(&all) // memory takes everything
	return other
}

// become replaces the content by that of another one.
func (d *indexDisk) become(other *indexDisk) { d.set(func() { d.content = other.copy().content }) }

// set changes how the disk behaves.
func (d *indexDisk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

func (d *indexDisk) counts() (writes, lookups int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writes, d.lookups
}

// openIndex is the index as one process has it.
type openIndex struct {
	*orderedkv.Memory
	disk *indexDisk
}

func (o *openIndex) Get(key []byte) ([]byte, bool, error) {
	o.disk.mu.Lock()
	o.disk.lookups++
	damaged := o.disk.damaged != nil && o.disk.damaged(key)
	o.disk.mu.Unlock()
	if damaged {
		return nil, false, orderedkv.ErrDamaged
	}
	return o.Memory.Get(key)
}

func (o *openIndex) Write(b *orderedkv.Batch) error {
	o.disk.mu.Lock()
	stuck, slow := o.disk.stuck, o.disk.slow
	o.disk.writes++
	o.disk.largest = max(o.disk.largest, b.Len())
	o.disk.mu.Unlock()
	for _, wait := range []chan struct{}{stuck, slow} {
		if wait != nil {
			<-wait
		}
	}
	o.disk.mu.Lock()
	refuse := o.disk.refuse
	o.disk.mu.Unlock()
	if refuse != nil {
		return refuse
	}
	return o.Memory.Write(b)
}

func (o *openIndex) Status() orderedkv.Status {
	o.disk.mu.Lock()
	defer o.disk.mu.Unlock()
	status := orderedkv.Status{Waiting: o.disk.stuck != nil}
	if o.disk.damaged != nil {
		status.Damaged = orderedkv.ErrDamaged
	}
	return status
}

func (*openIndex) Close() error { return nil }
