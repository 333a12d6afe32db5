package processlock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// Watermark is the durable watermark: it tells all processes that share a directory how far the
// log is durable and acknowledged. A writer writes it while it has the log locked, after the sync
// and before any answer. It is never synced itself, and no start believes it.
//
// LOCK holds two watermarks. A writer overwrites the older one, so at any time one is whole, also
// for readers, which take no lock.
type Watermark struct {
	Number int64          // counts the watermarks
	End    logline.Offset // of the log
	Last   logline.Tip    // the last commit; its time is not part of the watermark
	Used   time.Time      // the latest time that any process has used
	Closed time.Time      // the closed timestamp: no commit that was decided before it is written any more
	Head   logline.Offset // the end that HEAD vouches for
}

const watermarkStart = `{"v":1,"mark":`

func (m *Watermark) encode() []byte {
	dst := strconv.AppendInt([]byte(watermarkStart), m.Number, 10)
	dst = m.End.Append(append(dst, `,"end":`...))
	dst = strconv.AppendInt(append(dst, `,"position":`...), int64(m.Last.Position), 10)
	dst = event.AppendString(append(dst, `,"line":`...), m.Last.Hash.String())
	dst = event.AppendTime(append(dst, `,"used":`...), m.Used)
	dst = event.AppendTime(append(dst, `,"settled":`...), m.Closed)
	dst = m.Head.Append(append(dst, `,"head":`...))
	dst, _ = logline.Seal(dst, 0)
	return dst
}

func decodeWatermark(text []byte) (Watermark, error) {
	var m Watermark
	if _, err := logline.CheckSeal(text); err != nil {
		return m, err
	}
	c := logline.NewCursor(text)
	m.Number = c.Natural(watermarkStart)
	m.End = c.Offset(`,"end":`)
	m.Last.Position = event.Position(c.Natural(`,"position":`))
	m.Last.Hash = c.Hash(`,"line":`)
	m.Used = c.Time(`,"used":`)
	m.Closed = c.Time(`,"settled":`)
	m.Head = c.Offset(`,"head":`)
	return m, c.End()
}

// ErrNoWatermark means that neither watermark can be read: another program wrote to LOCK, or none
// was written yet.
var ErrNoWatermark = errors.New("no durable watermark can be read in LOCK")

// Notice is the part of LOCK that is for the processes that share the directory.
type Notice struct {
	Raw       []byte // as it stands in the file
	Poisoned  bool
	Watermark Watermark
}

const noticeSize = sizeShared - poisonAt

var notices = sync.Pool{New: func() any { return new([noticeSize]byte) }}

// looks is how often LOCK is read until one of its watermarks is whole. A reader may see parts of
// both if it is held up twice during one look.
const looks = 100

// Look reads LOCK. It returns nil if LOCK equals the Raw of an earlier notice. It
// takes no lock. A *logline.NewerError means that a newer version wrote a watermark.
func (l *Lock) Look(seen []byte) (n *Notice, err error) {
	for range looks {
		if n, err = l.lookOnce(seen); !errors.Is(err, ErrNoWatermark) {
			break
		}
	}
	return n, err
}

func (l *Lock) lookOnce(seen []byte) (*Notice, error) {
	buffer := notices.Get().(*[noticeSize]byte)
	defer notices.Put(buffer)
	if n, err := l.file.ReadAt(buffer[:], poisonAt); err != nil && (!errors.Is(err, io.EOF) || n < len(buffer)) {
		return nil, fmt.Errorf("read %s: %w", l.name, err)
	}
	if bytes.Equal(buffer[:], seen) {
		return nil, nil //nolint:nilnil // nil is "nothing new"
	}
	n := &Notice{Raw: bytes.Clone(buffer[:])}
	n.Poisoned = len(unpadded(n.Raw[:blockSize])) > 0
	found := false
	for at := watermarksAt - poisonAt; at < len(n.Raw); at += blockSize {
		m, err := decodeWatermark(unpadded(n.Raw[at : at+blockSize]))
		if _, newer := errors.AsType[*logline.NewerError](err); newer {
			return nil, err
		}
		if err == nil && (!found || m.Number > n.Watermark.Number) {
			n.Watermark, found = m, true
		}
	}
	if !found {
		return nil, ErrNoWatermark
	}
	return n, nil
}

// WriteWatermark overwrites the older watermark. The caller has the log locked.
func (l *Lock) WriteWatermark(m *Watermark) error {
	if _, err := l.file.WriteAt(padded(string(m.encode()), blockSize), watermarksAt+m.Number%2*blockSize); err != nil {
		return fmt.Errorf("write durable watermark: %w", err)
	}
	return nil
}
