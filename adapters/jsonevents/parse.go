package jsonevents

import (
	"bytes"
	"errors"
	"iter"
)

// blockBytes is how much of a segment one goroutine decodes at a time.
const blockBytes = 128 << 10

// block is some whole lines of a segment.
type block struct {
	bytes  []byte
	begins bool // with the segment's header
}

// parsed is what a line of a segment says, or why it says nothing.
type parsed struct {
	header *header
	line   *line
	err    error
	length int // in bytes, with the line break
}

// blocks cuts a segment, or a part of one behind its header, into blocks.
func blocks(content []byte, begins bool) iter.Seq[block] {
	return func(yield func(block) bool) {
		for len(content) > 0 {
			end := len(content)
			if end > blockBytes {
				if at := bytes.IndexByte(content[blockBytes:], '\n'); at >= 0 {
					end = blockBytes + at + 1
				}
			}
			if !yield(block{bytes: content[:end], begins: begins}) {
				return
			}
			content, begins = content[end:], false
		}
	}
}

var errNoEnd = errors.New("the line does not end")

// parse decodes a block up to its first bad line.
func (b block) parse() []parsed {
	lines := make([]parsed, 0, 1+len(b.bytes)/256)
	for content := range bytes.Lines(b.bytes) {
		p := parsed{length: len(content)}
		text, whole := bytes.CutSuffix(content, []byte{'\n'})
		switch {
		case !whole:
			p.err = errNoEnd
		case b.begins && len(lines) == 0:
			p.header, p.err = decodeHeader(text)
		default:
			p.line, p.err = decodeLine(text)
		}
		if lines = append(lines, p); p.err != nil {
			break
		}
	}
	return lines
}
