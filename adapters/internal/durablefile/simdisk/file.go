package simdisk

import (
	"io"
	"math/rand/v2"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

// inode is the content of a file, as processes see it and as the last sync left it,
// with the changes in between.
type inode struct {
	data    []byte
	durable []byte
	changes []change
}

// change is a write or a truncation: the size after it, and the data that it wrote.
type change struct {
	size   int
	offset int
	data   []byte
}

func (c change) apply(content []byte) []byte {
	content = resized(content, c.size)
	copy(content[c.offset:], c.data)
	return content
}

func resized(content []byte, size int) []byte {
	if size > len(content) {
		content = append(content, make([]byte, size-len(content))...)
	}
	return content[:size]
}

func (n *inode) change(c change) {
	n.data = c.apply(n.data)
	n.changes = append(n.changes, c)
}

func (n *inode) sync() {
	for _, c := range n.changes {
		n.durable = c.apply(n.durable)
	}
	n.changes = nil
}

// abandon is a failed sync: some changes have arrived, processes still see the others,
// but no later sync brings those to the disk.
func (n *inode) abandon(arrived int) {
	n.changes = n.changes[:min(arrived, len(n.changes))]
	n.sync()
}

// afterCrash is the content that the next start finds.
func (n *inode) afterCrash(rng *rand.Rand) *inode {
	content := slices.Clone(n.data)
	if rng != nil {
		content = slices.Clone(n.durable)
		if pick := rng.IntN(len(n.changes) + 1); pick > 0 {
			content = resized(content, n.changes[pick-1].size)
		}
		for _, c := range n.changes {
			keepSectors(rng, content, c)
		}
	}
	return &inode{data: content, durable: slices.Clone(content)}
}

// keepSectors copies into content the sectors of c that rng keeps, within its
// size.
func keepSectors(rng *rand.Rand, content []byte, c change) {
	all := rng.IntN(2) == 0
	for at := 0; at < len(c.data); {
		length := min(sector-(c.offset+at)%sector, len(c.data)-at)
		from, to := c.offset+at, min(c.offset+at+length, len(content))
		if from < to && (all || rng.IntN(2) == 0) {
			copy(content[from:to], c.data[at:at+length])
		}
		at += length
	}
}

type file struct {
	disk   *Disk
	name   string
	node   *inode
	closed bool
}

var _ durablefile.File = (*file)(nil)

func (f *file) ReadAt(p []byte, offset int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.beforeRead("read", f.name); err != nil {
		return 0, err
	}
	if offset >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.data[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(p []byte, offset int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	fault := f.disk.before("write", f.name)
	if fault.Err != nil {
		p = p[:min(fault.Keep, len(p))]
	}
	if len(p) > 0 {
		f.node.change(change{
			size:   max(len(f.node.data), int(offset)+len(p)),
			offset: int(offset),
			data:   slices.Clone(p),
		})
	}
	return len(p), fault.Err
}

func (f *file) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if fault := f.disk.before("truncate", f.name); fault.Err != nil {
		return fault.Err
	}
	f.node.change(change{size: int(size), offset: int(size)})
	return nil
}

func (f *file) Datasync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if fault := f.disk.before("sync", f.name); fault.Err != nil {
		if !f.disk.crashed {
			f.node.abandon(fault.Keep)
		}
		return fault.Err
	}
	f.node.sync()
	return nil
}

// Linked is true: no test removes a file that is in use.
func (f *file) Linked() (bool, error) { return true, nil }

func (f *file) Size() (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.crashed {
		return 0, ErrCrashed
	}
	return int64(len(f.node.data)), nil
}

func (f *file) Close() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if !f.closed {
		f.closed = true
		f.disk.open--
	}
	return nil
}
