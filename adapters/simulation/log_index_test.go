package simulation_test

import (
	"sync/atomic"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
)

// logIndex is the index of the log that the process at one place has on its disk.
type logIndex struct {
	content *orderedkv.Memory
	older   *orderedkv.Memory // as it was when an earlier life began
}

func newLogIndex() *logIndex {
	return &logIndex{content: orderedkv.NewMemory(), older: orderedkv.NewMemory()}
}

// copied is a store with the same content.
func copied(store *orderedkv.Memory) *orderedkv.Memory {
	other := orderedkv.NewMemory()
	var all orderedkv.Batch
	for pair := range store.Scan([]byte{0}, []byte{0xff}, false) {
		all.Put(append([]byte{}, pair.Key...), append([]byte{}, pair.Value...))
	}
	_ = other.Write(&all) // memory takes everything
	return other
}

// disturbLogIndexes draws what a power cut makes of the indexes. Some operator deletes one, puts an
// older one back, or that of another place.
func (w *world) disturbLogIndexes() {
	for place, one := range w.logIndexes {
		switch w.rng.IntN(6) {
		case 0:
			w.note("the log index of place %d is lost", place)
			one.content = orderedkv.NewMemory()
		case 1:
			w.note("the log index of place %d is an older one", place)
			one.content = copied(one.older)
		case 2:
			other := w.rng.IntN(len(w.logIndexes))
			w.note("the log index of place %d is that of place %d", place, other)
			one.content = copied(w.logIndexes[other].content)
		}
	}
}

// indexFault is what is wrong with an index for one life.
type indexFault int

const (
	indexIsSound indexFault = iota
	indexIsReadOnly
	indexIsDamaged
	indexIsMissing
)

// openLogIndex is the index as one life has it.
type openLogIndex struct {
	*orderedkv.Memory
	of     *process
	fault  indexFault
	opened atomic.Bool // the start is over, so the fault may show
	marked atomic.Bool // damage was found
}

// openLogIndex begins a life with the index of a place; a damaged one was deleted.
func (w *world) openLogIndex(p *process) {
	one := w.logIndexes[p.place]
	one.older = copied(one.content)
	p.logIndex = &openLogIndex{Memory: one.content, of: p}
	if !w.calm {
		p.logIndex.fault = pick(w.rng, indexIsSound, indexIsSound, indexIsSound, indexIsSound, indexIsSound, indexIsSound,
			indexIsReadOnly, indexIsDamaged, indexIsMissing)
	}
	if p.logIndex.fault != indexIsSound {
		w.note("%d.%d has log index fault %d", p.place, p.life, p.logIndex.fault)
	}
}

// disturbed reports whether the index has a fault now.
func (o *openLogIndex) disturbed(by indexFault) bool {
	return o.fault == by && !o.of.world.soothed.Load()
}

func (o *openLogIndex) open(string) (orderedkv.Store, error) {
	if o.disturbed(indexIsMissing) {
		return nil, orderedkv.ErrInUse
	}
	return o, nil
}

// Get finds damage once the process serves: a start deletes what is damaged before.
func (o *openLogIndex) Get(key []byte) ([]byte, bool, error) {
	if o.opened.Load() && o.disturbed(indexIsDamaged) {
		o.marked.Store(true)
		return nil, false, orderedkv.ErrDamaged
	}
	return o.Memory.Get(key)
}

// Write is a step. A killed process writes nothing.
func (o *openLogIndex) Write(b *orderedkv.Batch) error {
	if f := o.of.wait(&step{op: "index"}); f.err != nil {
		return f.err
	}
	if o.of.dead.Load() {
		return simdisk.ErrKilled
	}
	if o.opened.Load() && o.disturbed(indexIsReadOnly) {
		return orderedkv.ErrStalled
	}
	return o.Memory.Write(b)
}

func (o *openLogIndex) Status() orderedkv.Status {
	if o.marked.Load() {
		return orderedkv.Status{Damaged: orderedkv.ErrDamaged}
	}
	return orderedkv.Status{}
}

func (*openLogIndex) Close() error { return nil }
