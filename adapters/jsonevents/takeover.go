package jsonevents

import (
	"errors"
	"fmt"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/ports"
)

// takeOver deals with the rest of a process that was killed while it wrote. No caller was told of
// it. Its whole lines are made durable and are part of the log. The rest is kept aside and cut
// off. The log is locked, and the caller extends the view.
func (x *exclusiveLog) takeOver() error {
	for found := false; ; found = true {
		size, err := x.writer.Size()
		if err != nil {
			return fmt.Errorf("%w: size of segment: %w", ports.ErrUnavailable, err)
		}
		more, err := x.foreign.more()
		if err != nil {
			return err
		}
		if size < x.writer.End().Byte {
			return x.truncated(size)
		}
		if size == x.writer.End().Byte && !more {
			if !found {
				return nil
			}
			last := x.view.tip()
			if err := x.publish(x.writer.End(), last); err != nil {
				return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
			}
			return nil
		}
		if err := x.takeOverSegment(size, more); err != nil {
			return err
		}
	}
}

// truncated reports that the segment has become shorter than the acknowledged log.
func (x *exclusiveLog) truncated(size int64) error {
	end := x.writer.End()
	return x.foreign.damaged(&badLine{
		at:      logline.Offset{Segment: end.Segment, Byte: size},
		problem: fmt.Sprintf("the segment ends here, the log at byte %d: acknowledged commits are missing", end.Byte),
	})
}

// takeOverSegment takes over the rest of the last segment, and begins with the next one if there
// is more.
func (x *exclusiveLog) takeOverSegment(size int64, more bool) error {
	bad, err := x.takeOverLines(size)
	if err != nil {
		return err
	}
	if bad != nil {
		if damage := bad.damage(x.dir.File(bad.at.Segment), x.head, !more); damage != nil {
			x.health.foundDamage(damage)
			return fmt.Errorf("%w: %w", ports.ErrUnavailable, damage)
		}
		return x.cutTorn(bad)
	}
	if !more {
		return nil
	}
	if err := x.dir.Sync(); err != nil {
		return x.unknown(err)
	}
	bad, err = x.foreign.takeHeader()
	if err != nil {
		return err
	}
	if bad != nil {
		return x.foreign.damaged(bad)
	}
	return x.moveToEnd()
}

// takeOverLines makes whole lines after the end durable and takes them.
func (x *exclusiveLog) takeOverLines(size int64) (*badLine, error) {
	end := x.writer.End()
	if size == end.Byte { // a sync would bring nothing, and might fail
		return nil, nil //nolint:nilnil // nil is "none is bad"
	}
	err := x.writer.Adopt(size)
	if _, uncertain := errors.AsType[*durablefile.SyncError](err); uncertain {
		return nil, x.unknown(err)
	}
	if err != nil {
		return nil, x.refused(err)
	}
	bad, err := x.foreign.takeLines(end, size)
	if err != nil {
		return nil, err
	}
	return bad, x.moveToEnd()
}

// cutTorn cuts off a line that another process wrote in part.
func (x *exclusiveLog) cutTorn(bad *badLine) error {
	kept, err := x.writer.Cut(bad.at, bad.rest)
	_, uncertain := errors.AsType[*durablefile.SyncError](err)
	switch {
	case err == nil:
		const why = "this process cut off part of a commit: the process that wrote it was killed"
		reportCut(x.opts.Report, why, x.dir.File(bad.at.Segment), bad.at, len(bad.rest), kept)
		return nil
	case uncertain && !durablefile.IsFull(err):
		return x.unknown(err)
	default:
		return x.refused(err)
	}
}
