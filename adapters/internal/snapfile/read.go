package snapfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/inorder"
	"github.com/onhand/onhand/domain/event"
)

// blockBytes is how much is read and decoded at a time.
const blockBytes = 256 << 10

// Read reads the snapshot at a position: decode is called for each record, in
// several goroutines at a time, and may keep nothing of it; take is called for
// what it returns, in the order of the records. What was taken counts only if
// Read returns nil: *DamageError means that the file is not what was written.
func Read[T any](s Shelf, at event.Position, decode func(record []byte) (T, error), take func(T) error) error {
	name := s.File(at)
	file, err := s.Disk.Open(name)
	if err != nil {
		return fmt.Errorf("open snapshot: %w", err)
	}
	defer func() { _ = file.Close() }()
	size, err := file.Size()
	if err != nil {
		return fmt.Errorf("size of snapshot: %w", err)
	}
	if size < int64(trailerLength) {
		return &DamageError{File: name, Problem: errors.New("is too short")}
	}
	b := &blocks{file: file, end: size - int64(trailerLength)}
	type decoded struct {
		values []T
		err    error
	}
	var problem error
	inorder.Map(b.all(), func(block *[]byte) (d decoded) {
		defer b.done.Put(block)
		for line := range bytes.Lines(*block) {
			value, err := decode(line[:len(line)-1])
			if err != nil {
				return decoded{err: err}
			}
			d.values = append(d.values, value)
		}
		return d
	}, func(d decoded) bool {
		if problem = d.err; problem != nil {
			return false
		}
		for _, value := range d.values {
			if problem = take(value); problem != nil {
				return false
			}
		}
		return true
	})
	if b.err != nil {
		return fmt.Errorf("read snapshot: %w", b.err)
	}
	if problem != nil {
		return &DamageError{File: name, Problem: problem}
	}
	return b.checkTrailer(name)
}

// blocks reads a file in blocks of whole lines and hashes them on the way.
type blocks struct {
	file durablefile.File
	end  int64 // of the lines
	sum  []byte
	err  error
	done sync.Pool // of *[]byte: blocks that were decoded, to be used again
}

func (b *blocks) all() iter.Seq[*[]byte] {
	return func(yield func(*[]byte) bool) {
		hash := sha256.New()
		var rest []byte // of a line that goes on in the next block
		for at := int64(0); at < b.end; {
			lines := b.room(len(rest) + int(min(blockBytes, b.end-at)))
			block := *lines
			copy(block, rest)
			n, err := b.file.ReadAt(block[len(rest):], at)
			if err != nil && (!errors.Is(err, io.EOF) || n < len(block)-len(rest)) {
				b.err = err
				return
			}
			_, _ = hash.Write(block[len(rest):]) // never fails
			at += int64(n)
			whole := bytes.LastIndexByte(block, '\n') + 1
			rest = append(rest[:0], block[whole:]...)
			if *lines = block[:whole]; whole > 0 && !yield(lines) {
				return
			}
		}
		if len(rest) == 0 {
			b.sum = hash.Sum(nil)
		}
	}
}

// room is a block of so many bytes.
func (b *blocks) room(size int) *[]byte {
	block, used := b.done.Get().(*[]byte)
	if !used || cap(*block) < size {
		fresh := make([]byte, size, size+size/8)
		return &fresh
	}
	*block = (*block)[:size]
	return block
}

// checkTrailer compares the hash of the lines with the one behind them.
func (b *blocks) checkTrailer(name string) error {
	trailer := make([]byte, trailerLength)
	if _, err := b.file.ReadAt(trailer, b.end); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read snapshot: %w", err)
	}
	if b.sum == nil || !bytes.Equal(trailer, appendTrailer(nil, b.sum)) {
		return &DamageError{File: name, Problem: errors.New("the hash at its end is not that of what it holds")}
	}
	return nil
}
