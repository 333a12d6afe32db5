package simulation_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"sync/atomic"
	"syscall"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/ports"
)

// The two indexes that each process has on its disk.
const (
	ofTheLog    = "index of the log"
	ofTheClosed = "index of what is closed"
)

// indexes are those of one place.
type indexes map[string]*index

// index is one index as it is on its disk.
type index struct {
	content *orderedkv.Memory
	older   *orderedkv.Memory // as it was when an earlier life began
	damaged atomic.Bool       // a read found that: the next start deletes it
}

func newIndexes() indexes {
	made := indexes{}
	for _, name := range []string{ofTheClosed, ofTheLog} {
		made[name] = &index{content: orderedkv.NewMemory(), older: orderedkv.NewMemory()}
	}
	return made
}

// copied is a store with the same content.
func copied(store *orderedkv.Memory) *orderedkv.Memory {
	other := orderedkv.NewMemory()
	var all orderedkv.Batch
	for pair := range store.Scan([]byte{0}, []byte{0xff}, false) { //nolint:errcheck // memory has no faults
		all.Put(append([]byte{}, pair.Key...), append([]byte{}, pair.Value...))
	}
	_ = other.Write(&all) // memory takes everything
	return other
}

// disturbIndex draws what an operator, or a power cut, makes of an index between two lives: it is
// deleted, or an older one is put back, or that of another place.
func (w *world) disturbIndex(place int, name string) {
	one := w.indexes[place][name]
	if one.damaged.Swap(false) {
		w.note("the damaged %s of place %d is deleted", name, place)
		one.content = orderedkv.NewMemory()
	}
	if !w.chance(w.plan.otherIndex) {
		return
	}
	switch w.rng.IntN(3) {
	case 0:
		w.note("the %s of place %d is lost", name, place)
		one.content = orderedkv.NewMemory()
	case 1:
		w.note("the %s of place %d is an older one", name, place)
		one.content = copied(one.older)
	case 2:
		other := w.rng.IntN(len(w.indexes))
		w.note("the %s of place %d is that of place %d", name, place, other)
		one.content = copied(w.indexes[other][name].content)
	}
}

// indexFault is what is wrong with an index during one life.
type indexFault int

const (
	indexIsSound   indexFault = iota
	indexStalls               // no write succeeds any more
	indexIsDamaged            // reads of some keys find damage
	indexIsMissing            // it cannot be opened
)

// openIndex is an index as one life has it.
type openIndex struct {
	*orderedkv.Memory
	of    *process
	on    *index
	name  string
	fault indexFault
	sound int          // writes before it stalls
	keeps bool         // the write that stalls is on the disk all the same
	worst uint64       // one of so many keys is damaged
	begun atomic.Bool  // the fault may show
	past  atomic.Int64 // writes so far, since the fault may show
	waits atomic.Int64 // writes that wait

	stalled, marked, closed atomic.Bool
}

// openIndexes begins a life with the indexes of its place.
func (w *world) openIndexes(p *process) {
	for _, name := range []string{ofTheClosed, ofTheLog} {
		w.disturbIndex(p.place, name)
		on := w.indexes[p.place][name]
		on.older, on.content = on.content, copied(on.content)
		o := &openIndex{Memory: on.content, of: p, on: on, name: name}
		if w.chance(w.plan.badIndex) {
			o.fault = pick(w.rng, indexStalls, indexIsDamaged, indexIsMissing)
			if name == ofTheClosed && o.fault == indexIsMissing {
				o.fault = indexStalls // without it no start succeeds, unless the disk is full
			}
			o.sound, o.keeps, o.worst = w.rng.IntN(4), w.rng.IntN(2) == 0, pick[uint64](w.rng, 1, 2, 5)
			o.begun.Store(o.fault == indexIsDamaged && w.rng.IntN(2) == 0)
			w.note("%d.%d has fault %d of the %s: %d %v %d", p.place, p.life, o.fault, name, o.sound, o.keeps, o.worst)
		}
		if name == ofTheLog {
			p.logIndex = o
		} else {
			p.closedIndex = o
		}
	}
}

// disturbed reports whether the index has a fault now.
func (o *openIndex) disturbed(by indexFault) bool {
	return o.fault == by && o.begun.Load() && !o.of.world.soothed.Load()
}

// open opens the index of the log. One that is found damaged is empty when it is opened again.
func (o *openIndex) open(string) (orderedkv.Store, error) {
	if o.fault == indexIsMissing {
		return nil, orderedkv.ErrInUse
	}
	if !o.marked.Load() {
		return o, nil
	}
	again := &openIndex{Memory: orderedkv.NewMemory(), of: o.of, on: o.on, name: o.name}
	o.on.content = again.Memory
	o.marked.Store(false)
	o.on.damaged.Store(false)
	return again, nil
}

// openClosed opens the index of what is closed, or another time if the disk is full.
func (o *openIndex) openClosed() (ports.QueryIndex, error) {
	open := func() (ports.QueryIndex, error) {
		if f := o.of.wait(&step{op: "open index", about: o.name}); f.err != nil {
			return nil, f.err
		}
		made, err := queryindex.New(o)
		if err != nil {
			return nil, err // and no index that is nil
		}
		return made, nil
	}
	made, err := open()
	if errors.Is(err, syscall.ENOSPC) {
		return indexing.NewLate(open, err), nil
	}
	if err != nil {
		return nil, err
	}
	return indexing.Opened(made), nil
}

func hashOf(key []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(key)
	return h.Sum64()
}

// look fails if a key is one of those that are damaged. What a killed process still reads leaves no
// mark: the run would depend on how far it comes.
func (o *openIndex) look(key []byte) error {
	if !o.disturbed(indexIsDamaged) || hashOf(key)%o.worst != 0 {
		return nil
	}
	if o.of.dead.Load() {
		return simdisk.ErrKilled
	}
	o.marked.Store(true)
	o.on.damaged.Store(true)
	return fmt.Errorf("%w: key %x", orderedkv.ErrDamaged, key)
}

func (o *openIndex) Get(key []byte) ([]byte, bool, error) {
	if err := o.look(key); err != nil {
		return nil, false, err
	}
	return o.Memory.Get(key)
}

func (o *openIndex) Scan(lower, upper []byte, reverse bool) iter.Seq2[orderedkv.Pair, error] {
	return func(yield func(orderedkv.Pair, error) bool) {
		for pair, err := range o.Memory.Scan(lower, upper, reverse) {
			if err == nil {
				err = o.look(pair.Key)
			}
			if !yield(pair, err) || err != nil {
				return
			}
		}
	}
}

// Write is a step, which does not happen while the disk is full. A killed process writes nothing.
func (o *openIndex) Write(b *orderedkv.Batch) error {
	o.waits.Add(1)
	f := o.of.wait(&step{op: "index", about: o.name, size: b.Len(), waits: func() bool { return !o.closed.Load() }})
	o.waits.Add(-1)
	switch {
	case f.err != nil:
		return f.err
	case o.of.dead.Load():
		return simdisk.ErrKilled
	case o.closed.Load():
		return orderedkv.ErrClosed
	case o.stalled.Load():
		return orderedkv.ErrStalled
	case o.disturbed(indexStalls) && o.past.Add(1) > int64(o.sound):
		o.stalled.Store(true)
		if o.keeps {
			_ = o.Memory.Write(b) // memory takes everything
		}
		return orderedkv.ErrStalled
	}
	return o.Memory.Write(b)
}

func (o *openIndex) Status() (s orderedkv.Status) {
	if o.marked.Load() {
		s.Damaged = orderedkv.ErrDamaged
	}
	if o.stalled.Load() {
		s.Stalled = orderedkv.ErrStalled
	}
	s.Waiting = o.waits.Load() > 0 && o.of.world.isFull.Load()
	return s
}

// Close ends the waits of writes. The content stays.
func (o *openIndex) Close() error {
	o.closed.Store(true)
	return nil
}

// otherIndex reports whether a process may find an index that it cannot use.
func (p *process) otherIndex() bool { return p.world.restored || p.logIndex.fault == indexIsDamaged }

// foundDamage reports whether a read has found damage of an index.
func (p *process) foundDamage() bool { return p.logIndex.marked.Load() || p.closedIndex.marked.Load() }
