package snapfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// blockBytes is how much is read at a time, or more of a longer line: each of its bytes is copied
// once or twice, however long it is.
const blockBytes = 256 << 10

// Records returns the records of the snapshot at a position as ports.SnapshotStore says. A
// file that cannot be read to its end counts as damaged.
func (s Series) Records(ctx context.Context, at event.Position) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		file, err := s.open(at)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = file.Close() }()
		switch more, problem := readLines(ctx, file, yield); {
		case !more:
		case ctx.Err() != nil:
			yield(nil, ctx.Err())
		case problem != nil:
			yield(nil, &ports.CorruptError{Location: s.File(at), Problem: problem.Error()})
		}
	}
}

// Size returns the size of the snapshot's file at a position, in bytes.
func (s Series) Size(at event.Position) (int64, error) {
	file, err := s.open(at)
	if err != nil {
		return 0, err
	}
	size, err := file.Size()
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, fmt.Errorf("size of snapshot: %w", err)
	}
	return size, nil
}

func (s Series) open(at event.Position) (durablefile.File, error) {
	file, err := s.Disk.Open(s.File(at))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ports.ErrNotStored, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	return file, nil
}

// readLines yields the lines of a file. It returns false if the caller wants no
// more, and the fault of the file. Each block is a new one: its lines stay valid.
func readLines(ctx context.Context, file durablefile.File, yield func([]byte, error) bool) (more bool, problem error) {
	size, err := file.Size()
	if err != nil {
		return true, err
	}
	end := size - int64(trailerLength)
	if end < 0 {
		return true, errors.New("is too short")
	}
	hash := sha256.New()
	var rest []byte // of a line that continues in the next block
	for at := int64(0); at < end; {
		if err := ctx.Err(); err != nil {
			return true, err
		}
		block := make([]byte, len(rest)+int(min(max(blockBytes, int64(len(rest))), end-at)))
		fresh := block[copy(block, rest):]
		if n, err := file.ReadAt(fresh, at); n < len(fresh) {
			return true, fmt.Errorf("cannot be read: %w", err)
		}
		_, _ = hash.Write(fresh) // never fails
		at += int64(len(fresh))
		for {
			line, after, whole := bytes.Cut(block, []byte{'\n'})
			if !whole {
				break
			}
			if !yield(line[:len(line):len(line)], nil) {
				return false, nil
			}
			block = after
		}
		rest = block
	}
	trailer := make([]byte, trailerLength)
	if _, err := file.ReadAt(trailer, end); err != nil && !errors.Is(err, io.EOF) {
		return true, fmt.Errorf("cannot be read: %w", err)
	}
	if len(rest) > 0 || !bytes.Equal(trailer, appendTrailer(nil, hash.Sum(nil))) {
		return true, errors.New("the hash at its end is not that of what it holds")
	}
	return true, nil
}
