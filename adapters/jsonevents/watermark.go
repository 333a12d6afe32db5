package jsonevents

import (
	"errors"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
)

// start tells the other processes the end of the log that a start has found.
func (x *exclusiveLog) start(last logline.Tip) error {
	if err := x.lock.MakeRoom(); err != nil {
		return err
	}
	notice, err := x.lock.Look(nil)
	if err != nil && !errors.Is(err, processlock.ErrNoWatermark) { // there is none at the very first start
		return newerAt(x.lock.Name(), err)
	}
	if notice != nil {
		x.watermark = notice.Watermark
		x.opts.Raise(x.watermark.Used)
	}
	return x.publish(x.writer.End(), last)
}

// announce tells the other processes of a group that is durable. The caller extends the
// view, from before they can know until the view shows the group.
func (x *exclusiveLog) announce(b *batch) error {
	closes := b.closes.After(x.watermark.Closed)
	x.watermark.Closed = later(x.watermark.Closed, b.closes)
	if x.queue == nil || len(b.lines) == 0 && !closes {
		return nil
	}
	end := x.writer.End()
	end.Byte += int64(len(b.lines))
	if err := x.publish(end, b.last); err != nil {
		// The group is durable, and another process may have been told: no start may cut it off.
		x.writer.Advance(b.lines, b.last.Hash)
		return x.unknown(&durablefile.SyncError{Op: "sync", Path: x.lock.Name(), Err: err})
	}
	return nil
}

// publish tells the other processes how far the log is durable.
func (x *exclusiveLog) publish(end logline.Offset, last logline.Tip) error {
	m := x.watermark
	m.Number++
	m.End, m.Last, m.Head = end, last, x.head
	m.Used = later(m.Used, x.used.floor(last.Time))
	if err := x.lock.WriteWatermark(&m); err != nil {
		return err
	}
	x.watermark = m
	return nil
}
