package jsonevents

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
)

// Where several processes share a directory, LOCK has two more parts: the durable
// mark, twice. Whoever writes overwrites the older of the two, so that one is whole at
// any time, also for who reads without a lock.
const (
	marks    = ownerSize + poisonSize
	markSize = 512
	allSizes = marks + 2*markSize
)

// mark says how far the log is durable and acknowledged, to all processes that share
// it: it is written under the lock, after the sync and before any answer. It is never
// synced itself, and no start believes it.
type mark struct {
	number  int64    // counts the marks
	end     poison   // where the log ends
	last    position // of the last commit; its time is not part of the mark
	used    time.Time
	settled time.Time // no commit is written any more that was decided before
	head    poison    // the end that HEAD vouches for
}

const markStart = `{"v":1,"mark":`

func (m *mark) encode() []byte {
	dst := strconv.AppendInt([]byte(markStart), m.number, 10)
	dst = appendEnd(append(dst, `,"end":`...), m.end)
	dst = strconv.AppendInt(append(dst, `,"position":`...), int64(m.last.Last), 10)
	dst = event.AppendString(append(dst, `,"line":`...), m.last.Hash.String())
	dst = event.AppendTime(append(dst, `,"used":`...), m.used)
	dst = event.AppendTime(append(dst, `,"settled":`...), m.settled)
	dst = appendEnd(append(dst, `,"head":`...), m.head)
	dst, _ = appendSeal(dst, 0)
	return dst
}

func appendEnd(dst []byte, p poison) []byte {
	dst = strconv.AppendInt(append(dst, '['), int64(p.Segment), 10)
	return append(strconv.AppendInt(append(dst, ','), p.Offset, 10), ']')
}

func decodeMark(text []byte) (mark, error) {
	var m mark
	if _, err := checkSeal(text); err != nil {
		return m, err
	}
	c := newCursor(text)
	m.number = c.Natural(markStart)
	m.end = c.end(`,"end":`)
	m.last.Last = event.Position(c.Natural(`,"position":`))
	m.last.Hash = c.hash(`,"line":`)
	m.used = c.Time(`,"used":`)
	m.settled = c.Time(`,"settled":`)
	m.head = c.end(`,"head":`)
	return m, c.End()
}

func (c *cursor) end(before string) poison {
	c.Expect(before)
	p := poison{Segment: event.Position(c.Natural(`[`)), Offset: c.Natural(`,`)}
	c.Expect(`]`)
	return p
}

// errNoMark means that neither mark can be read: somebody else wrote to LOCK.
var errNoMark = errors.New("no durable mark can be read in LOCK")

// sign is what LOCK says to the processes that share the directory.
type sign struct {
	raw      []byte // as it stands in the file
	poisoned bool
	mark     mark
}

var signs = sync.Pool{New: func() any { return new([allSizes - ownerSize]byte) }}

// looks is how often LOCK is read until one of its marks is whole. Both may be seen in
// part where a reader is held up twice in one look, while somebody writes.
const looks = 100

// look reads LOCK, unless it says the same as what was seen before: then it gives nil.
// It takes no lock.
func (l *dirLock) look(seen []byte) (s *sign, err error) {
	for range looks {
		if s, err = l.lookOnce(seen); !errors.Is(err, errNoMark) {
			break
		}
	}
	return s, err
}

func (l *dirLock) lookOnce(seen []byte) (*sign, error) {
	buffer := signs.Get().(*[allSizes - ownerSize]byte)
	defer signs.Put(buffer)
	if n, err := l.file.ReadAt(buffer[:], ownerSize); err != nil && (!errors.Is(err, io.EOF) || n < len(buffer)) {
		return nil, fmt.Errorf("read %s: %w", l.name, err)
	}
	if bytes.Equal(buffer[:], seen) {
		return nil, nil //nolint:nilnil // nil is "nothing new"
	}
	s := &sign{raw: bytes.Clone(buffer[:])}
	s.poisoned = len(blockText(s.raw[:poisonSize])) > 0
	found := false
	for at := poisonSize; at < len(s.raw); at += markSize {
		m, err := decodeMark(blockText(s.raw[at : at+markSize]))
		if err == nil && (!found || m.number > s.mark.number) {
			s.mark, found = m, true
		}
	}
	if !found {
		return nil, errNoMark
	}
	return s, nil
}

// blockText is what a part of LOCK says.
func blockText(block []byte) []byte { return bytes.Trim(block, " \n\x00") }

// writeMark overwrites the older mark. The lock on the log is held.
func (l *dirLock) writeMark(m *mark) error {
	if _, err := l.file.WriteAt(padded(string(m.encode()), markSize), marks+m.number%2*markSize); err != nil {
		return fmt.Errorf("write durable mark: %w", err)
	}
	return nil
}

// makeRoom makes LOCK long enough for marks, so that they can be overwritten on a full
// disk.
func (l *dirLock) makeRoom() error {
	size, err := l.file.Size()
	if err != nil || size >= allSizes {
		return err
	}
	if _, err := l.file.WriteAt(padded("", 2*markSize), marks); err != nil {
		return fmt.Errorf("write %s: %w", l.name, err)
	}
	if err := l.file.Datasync(); err != nil {
		return &durablefile.SyncError{Op: "sync", Path: l.name, Err: err}
	}
	return nil
}
