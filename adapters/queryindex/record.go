package queryindex

import (
	"encoding/binary"
	"errors"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// recordFormat is the first byte of a record.
const recordFormat = 1

var errRecord = errors.New("the index has a record that cannot be read")

// encode returns an entry's record: the numbers and texts in a fixed sequence, Data last.
func encode(e *ports.ClosedEntry) []byte {
	b := append(make([]byte, 0, 128+len(e.Data)), recordFormat)
	b = binary.AppendVarint(b, int64(e.Version))
	b = appendText(b, e.Status)
	b = appendTime(appendTime(b, e.CreatedAt), e.UpdatedAt)
	b = binary.AppendUvarint(b, uint64(len(e.Terms)))
	for _, t := range e.Terms {
		b = appendText(append(b, code(fields, t.Field)), t.Value)
	}
	return append(b, e.Data...)
}

// decode reads what encode wrote. The entry keeps the bytes.
func decode(kind ports.EntryKind, id string, record []byte) (ports.ClosedEntry, error) {
	r := reader{rest: record}
	if r.byte() != recordFormat {
		return ports.ClosedEntry{}, errRecord
	}
	e := ports.ClosedEntry{Kind: kind, ID: id, Version: event.Version(r.varint()), Status: string(r.text())}
	times := r.take(2 * timeBytes)
	terms := r.uvarint()
	if r.bad || terms > uint64(len(r.rest)) {
		return ports.ClosedEntry{}, errRecord
	}
	e.CreatedAt, e.UpdatedAt = timeOf(times), timeOf(times[timeBytes:])
	e.Terms = make([]ports.SearchTerm, terms)
	for i := range e.Terms {
		field := r.byte()
		if int(field) >= len(fields) {
			return ports.ClosedEntry{}, errRecord
		}
		e.Terms[i] = ports.SearchTerm{Field: fields[field], Value: string(r.text())}
	}
	if r.bad {
		return ports.ClosedEntry{}, errRecord
	}
	e.Data = r.rest
	return e, nil
}

// reader takes bytes from the front of a record. After bad its results mean nothing.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return unknownCode
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.skip(n)
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.skip(n)
	return v
}

func (r *reader) skip(n int) {
	if n <= 0 {
		r.bad = true
		return
	}
	r.take(uint64(n))
}

func (r *reader) text() []byte { return r.take(r.uvarint()) }
