package flockleader

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

// nextNumber returns the number of a new term and makes it durable. Only the process that
// holds the lock may call it.
func (l *Leader) nextNumber() (int64, error) {
	last, err := l.lastNumber()
	if err != nil {
		return 0, err
	}
	number := max(last+1, l.opts.Now().UnixMilli())
	if err := l.writeNumber(number); err != nil && !durablefile.IsFull(err) { // without room the clock alone serves
		return 0, err
	}
	return number, nil
}

// lastNumber reads the last term's number. It is 0 where the file is missing, or holds no
// number because a crash cut off its first write.
func (l *Leader) lastNumber() (int64, error) {
	content, err := durablefile.ReadAll(l.opts.Disk, l.opts.TermFile)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	number, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		return 0, nil //nolint:nilerr // the clock alone serves
	}
	return number, nil
}

// writeNumber overwrites the file in place: a number has the same length always, and lies in
// one sector.
func (l *Leader) writeNumber(number int64) (err error) {
	disk, name := l.opts.Disk, l.opts.TermFile
	f, err := disk.OpenRW(name)
	created := errors.Is(err, fs.ErrNotExist)
	if created {
		f, err = disk.Create(name)
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteAt(fmt.Appendf(nil, "%019d\n", number), 0); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := f.Datasync(); err != nil {
		return fmt.Errorf("sync %s: %w", name, err)
	}
	if created {
		return disk.SyncDir(filepath.Dir(name))
	}
	return nil
}
