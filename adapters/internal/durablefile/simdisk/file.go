package simdisk

import (
	"io"
	"math/rand/v2"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

// inode is a file's content, as processes see it and as the last sync left it,
// with the writes and sizes in between.
type inode struct {
	data    []byte
	durable []byte
	writes  []write
	sizes   []int
}

type write struct {
	offset int
	data   []byte
}

// set makes the content size bytes long and puts data at offset.
func set(content []byte, size, offset int, data []byte) []byte {
	if size > len(content) {
		content = append(content, make([]byte, size-len(content))...)
	}
	copy(content[offset:size], data)
	return content[:size]
}

func (n *inode) write(offset int, data []byte) {
	n.data = set(n.data, max(len(n.data), offset+len(data)), offset, data)
	n.writes = append(n.writes, write{offset, slices.Clone(data)})
	n.sizes = append(n.sizes, len(n.data))
}

func (n *inode) truncate(size int) {
	n.data = set(n.data, size, size, nil)
	n.sizes = append(n.sizes, size)
}

func (n *inode) sync() {
	n.durable, n.writes, n.sizes = slices.Clone(n.data), nil, nil
}

// afterCrash is the content that the next start finds.
func (n *inode) afterCrash(rng *rand.Rand) *inode {
	content := slices.Clone(n.data)
	if rng != nil {
		content = slices.Clone(n.durable)
		size := len(content)
		if pick := rng.IntN(len(n.sizes) + 1); pick > 0 {
			size = n.sizes[pick-1]
		}
		content = set(content, size, size, nil)
		for _, w := range n.writes {
			keepSectors(rng, content, w)
		}
	}
	return &inode{data: content, durable: slices.Clone(content)}
}

// keepSectors copies into content the sectors of w that rng keeps, within its
// size.
func keepSectors(rng *rand.Rand, content []byte, w write) {
	all := rng.IntN(2) == 0
	for at := 0; at < len(w.data); {
		length := min(sector-(w.offset+at)%sector, len(w.data)-at)
		from, to := w.offset+at, min(w.offset+at+length, len(content))
		if from < to && (all || rng.IntN(2) == 0) {
			copy(content[from:to], w.data[at:at+length])
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
	if f.disk.crashed {
		return 0, ErrCrashed
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
		f.node.write(int(offset), p)
	}
	return len(p), fault.Err
}

func (f *file) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if fault := f.disk.before("truncate", f.name); fault.Err != nil {
		return fault.Err
	}
	f.node.truncate(int(size))
	return nil
}

func (f *file) Datasync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if fault := f.disk.before("sync", f.name); fault.Err != nil {
		return fault.Err
	}
	f.node.sync()
	return nil
}

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
