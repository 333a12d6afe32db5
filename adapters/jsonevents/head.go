package jsonevents

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

const headName = "HEAD"

// head is the content of HEAD: up to here the log was durable for sure.
type head struct {
	Position event.Position // of the last commit
	End      logline.Offset // of its line, or of the header in a new segment
	Hash     logline.Hash   // of that line
	LastUsed time.Time      // no decision was made at a later time
}

const headStart = `{"v":1,"head":`

func (h head) encode() []byte {
	dst := strconv.AppendInt([]byte(headStart), int64(h.Position), 10)
	dst = strconv.AppendInt(append(dst, `,"segment":`...), int64(h.End.Segment), 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), h.End.Byte, 10)
	dst = event.AppendString(append(dst, `,"line":`...), h.Hash.String())
	dst = event.AppendTime(append(dst, `,"lastUsed":`...), h.LastUsed)
	dst, _ = logline.Seal(dst, 0)
	return append(dst, '\n')
}

var errNoLineBreak = errors.New("the line does not end")

func decodeHead(b []byte) (head, error) {
	if len(b) == 0 || b[len(b)-1] != '\n' {
		return head{}, errNoLineBreak
	}
	b = b[:len(b)-1]
	if _, err := logline.CheckSeal(b); err != nil {
		return head{}, err
	}
	var h head
	c := logline.NewCursor(b)
	h.Position = event.Position(c.Natural(headStart))
	h.End.Segment = event.Position(c.Natural(`,"segment":`))
	h.End.Byte = c.Natural(`,"offset":`)
	h.Hash = c.Hash(`,"line":`)
	h.LastUsed = c.Time(`,"lastUsed":`)
	return h, c.End()
}

// headFile is the file HEAD of a data directory.
type headFile struct {
	disk durablefile.Disk
	name string
}

func newHeadFile(disk durablefile.Disk, dir string) headFile {
	return headFile{disk: disk, name: filepath.Join(dir, headName)}
}

// read reads HEAD; false if there is none. A HEAD that does not check out is damage: without it
// a start cannot tell whether acknowledged commits are missing.
func (f headFile) read() (head, bool, error) {
	content, err := durablefile.ReadAll(f.disk, f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return head{}, false, nil
	}
	if err != nil {
		return head{}, false, fmt.Errorf("read HEAD: %w", err)
	}
	h, err := decodeHead(content)
	if isNewer(err) {
		return head{}, false, newerAt(f.name, err)
	}
	if err != nil {
		return head{}, false, &ports.CorruptError{Location: durablefile.Location(f.name, 1, 0), Problem: err.Error()}
	}
	return h, true, nil
}

func (f headFile) write(h head) error {
	return durablefile.WriteAtomically(f.disk, f.name, h.encode())
}

// sweep removes the temporary file that an interrupted write left.
func (f headFile) sweep() error {
	if err := f.disk.Remove(f.name + ".tmp"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove temporary file: %w", err)
	}
	return nil
}
