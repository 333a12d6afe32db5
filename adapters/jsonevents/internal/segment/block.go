package segment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
)

// BlockBytes is how much of a segment one goroutine decodes at a time.
const BlockBytes = 128 << 10

// Block is some whole lines of a segment.
type Block struct {
	Bytes  []byte
	Begins bool // with the segment's header
}

// Parsed is a decoded line of a segment: a header, a commit, or the reason why it is neither.
type Parsed struct {
	Header *logline.Header
	Line   *logline.Line
	Err    error
	Length int // in bytes, with the line break
}

// Blocks cuts a whole segment into blocks.
func Blocks(content []byte) iter.Seq[Block] {
	return func(yield func(Block) bool) {
		for begins := true; len(content) > 0; begins = false {
			end := len(content)
			if end > BlockBytes {
				if at := bytes.IndexByte(content[BlockBytes:], '\n'); at >= 0 {
					end = BlockBytes + at + 1
				}
			}
			if !yield(Block{Bytes: content[:end], Begins: begins}) {
				return
			}
			content = content[end:]
		}
	}
}

var errNoEnd = errors.New("the line does not end")

// Parse decodes a block up to its first bad line.
func (b Block) Parse() []Parsed {
	lines := make([]Parsed, 0, 1+len(b.Bytes)/256)
	for content := range bytes.Lines(b.Bytes) {
		p := Parsed{Length: len(content)}
		text, whole := bytes.CutSuffix(content, []byte{'\n'})
		switch {
		case !whole:
			p.Err = errNoEnd
		case b.Begins && len(lines) == 0:
			p.Header, p.Err = logline.DecodeHeader(text)
		default:
			p.Line, p.Err = logline.Decode(text)
		}
		if lines = append(lines, p); p.Err != nil {
			break
		}
	}
	return lines
}

// ReadLines reads whole lines from an offset on, about as many bytes as are wanted. If the first
// line is longer, it reads all of it. Only a line that has no end before size comes in part. The
// buffer is used if it is large enough.
func ReadLines(file io.ReaderAt, buffer []byte, offset, size int64, wanted int) ([]byte, error) {
	for length := int64(wanted); ; length *= 2 {
		length = min(length, size-offset)
		if int64(cap(buffer)) < length {
			buffer = make([]byte, length)
		}
		buffer = buffer[:length]
		if n, err := file.ReadAt(buffer, offset); err != nil && (!errors.Is(err, io.EOF) || int64(n) < length) {
			return nil, fmt.Errorf("read segment: %w", err)
		}
		if end := bytes.LastIndexByte(buffer, '\n') + 1; end > 0 {
			return buffer[:end], nil
		}
		if offset+length == size {
			return buffer, nil
		}
	}
}
