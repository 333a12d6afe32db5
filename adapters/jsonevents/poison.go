package jsonevents

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// notBefore returns the end that HEAD vouches for, if the offset of a POISON mark lies before it:
// a process whose sync failed may not have known of everything that another one had made durable.
func (h head) notBefore(poison logline.Offset) logline.Offset {
	if poison.Before(h.End) {
		return h.End
	}
	return poison
}

// cutPoisoned executes a POISON mark: the bytes after the last good sync may exist in
// the page cache alone, so they are kept aside and removed. It returns the segments that are left.
func (r *recovery) cutPoisoned(firsts []event.Position, known head) ([]event.Position, error) {
	poison, found, err := r.lock.Poison()
	if err != nil || !found {
		return firsts, err
	}
	poison = known.notBefore(poison)
	if !slices.Contains(firsts, poison.Segment) {
		return nil, &ports.CorruptError{
			Location: r.dir.File(poison.Segment), Problem: "is missing, the poison mark vouches for it",
		}
	}
	var left []event.Position
	for _, first := range firsts {
		if first <= poison.Segment {
			left = append(left, first)
		}
		if first < poison.Segment {
			continue
		}
		at := logline.Offset{Segment: first}
		if first == poison.Segment {
			at = poison
		}
		if err := r.cutSegment(at); err != nil {
			return nil, err
		}
	}
	return left, r.lock.ClearPoison()
}

// cutSegment keeps aside and removes the rest of a segment from an offset on. At byte 0 the segment
// itself goes, which never held an acknowledged commit.
func (r *recovery) cutSegment(at logline.Offset) error {
	name := r.dir.File(at.Segment)
	content, err := durablefile.ReadAll(r.dir.Disk, name)
	if err != nil {
		return fmt.Errorf("read segment: %w", err)
	}
	if int64(len(content)) < at.Byte {
		return &ports.CorruptError{
			Location: durablefile.Location(name, 0, at.Byte),
			Problem:  "the log ends before the poison mark: acknowledged commits are missing",
		}
	}
	if int64(len(content)) > at.Byte {
		file, err := r.dir.Disk.OpenRW(name)
		if err != nil {
			return fmt.Errorf("open segment: %w", err)
		}
		const why = "the start cut off the end of the log: its sync had failed, so no client has an acknowledgement of it"
		err = r.cut(file, at, content[at.Byte:], why)
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	if at.Byte > 0 {
		return nil
	}
	if err := r.dir.Disk.Remove(name); err != nil {
		return fmt.Errorf("remove segment: %w", err)
	}
	return r.dir.Sync()
}
