package eventfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

const (
	// lookBack is how much of the file's end is read at the start.
	lookBack = 16 << 20
	// tornBytes is how much a power loss can spoil: one write, of which the last
	// event may be as large as a commit.
	tornBytes = 5 << 20
	// lineStart begins every line.
	lineStart = `{"specversion":"1.0","id":"`
)

// Open opens a file to publish to, or creates it. Events have the source of a service
// at publicURL. A torn end is cut off; a file that is not one of events, or is damaged
// further up, is a *ports.CorruptError and left alone; a file that another process has open,
// through whatever path, is a ports.ErrInUse. The disk is the machine's file system if it is nil.
func Open(path, publicURL string, disk durablefile.Disk) (*File, error) {
	if disk == nil {
		disk = durablefile.OS{}
	}
	file, err := openOrCreate(path, disk)
	if err != nil {
		return nil, fmt.Errorf("open events file: %w", err)
	}
	lock, err := disk.LockDir(path, durablefile.Exclusive)
	if errors.Is(err, durablefile.ErrLocked) {
		err = fmt.Errorf("%w: another service writes to %s", ports.ErrInUse, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock events file: %w", err), file.Close())
	}
	f := &File{source: cloudevent.Source(publicURL), file: file, lock: lock, has: newKnown()}
	if err := f.recover(path); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func openOrCreate(path string, disk durablefile.Disk) (durablefile.File, error) {
	dir := filepath.Dir(path)
	if err := disk.MkdirAll(dir); err != nil {
		return nil, err
	}
	file, err := disk.OpenRW(path)
	created := errors.Is(err, fs.ErrNotExist)
	if created {
		file, err = disk.Create(path)
	}
	if err != nil {
		return nil, err
	}
	err = disk.SyncDir(dir) // in any case: the process that created it may have been killed before
	if err == nil {
		return file, nil
	}
	if created { // remove it again: a later sync could report success without making its name durable
		err = errors.Join(err, disk.Remove(path))
	}
	return nil, errors.Join(err, file.Close())
}

// recover finds out what the file has and where it ends.
func (f *File) recover(path string) error {
	size, err := f.file.Size()
	if err != nil {
		return fmt.Errorf("size of events file: %w", err)
	}
	from := max(0, size-lookBack)
	tail := make([]byte, size-from)
	if _, err := f.file.ReadAt(tail, from); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read events file: %w", err)
	}
	if from == 0 && foreign(tail) {
		return &ports.CorruptError{Location: path, Problem: "is not a file of events"}
	}
	f.end = from
	if from > 0 { // in the middle of a line
		part := bytes.IndexByte(tail, '\n') + 1
		f.end, tail = from+int64(part), tail[part:]
	}
	f.path = path
	var ids []ports.EventID
	for line := range bytes.Lines(tail) {
		id, ok := lineID(line)
		if !ok {
			break
		}
		ids = append(ids, id)
		f.last = line
		f.end += int64(len(line))
	}
	if size-f.end > tornBytes || from > 0 && len(ids) == 0 {
		return &ports.CorruptError{
			Location: durablefile.Location(path, 0, f.end),
			Problem:  fmt.Sprintf("no event begins at byte %d, and the rest is too long for a torn write", f.end),
		}
	}
	f.last = bytes.Clone(f.last)
	if from > 0 {
		f.has.raise(ids[0])
	}
	for _, id := range ids {
		f.has.add(id)
	}
	// What an earlier process wrote may not be synced yet, and counts as taken now.
	f.beyond = true
	if err := f.cut(); err != nil {
		return fmt.Errorf("cut and sync events file: %w", err)
	}
	return nil
}

// foreign reports whether a file has begun with something other than an event, or
// than the rest of a torn write of one.
func foreign(head []byte) bool {
	head, _, _ = bytes.Cut(head[:min(len(head), len(lineStart))], []byte{0})
	return string(head) != lineStart[:len(head)]
}

// lineID reads the ID of the event on a whole line.
func lineID(line []byte) (id ports.EventID, ok bool) {
	if !bytes.HasPrefix(line, []byte(lineStart)) || line[len(line)-1] != '\n' || !json.Valid(line) {
		return id, false
	}
	text, _, _ := strings.Cut(string(line[len(lineStart):min(len(line), len(lineStart)+48)]), `"`)
	position, index, _ := strings.Cut(text, ".")
	p, err := strconv.ParseInt(position, 10, 64)
	if err != nil {
		return id, false
	}
	i, err := strconv.Atoi(index)
	return ports.EventID{Position: event.Position(p), Index: i}, err == nil
}
