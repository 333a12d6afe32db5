package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/ports"
)

// exclusiveLog is the log as its one writer at a time has it: always, if the store is alone on its
// log, else between acquire and release. It belongs to the committer's goroutine.
type exclusiveLog struct {
	dir      segment.Directory
	writer   *segment.Writer
	lock     *processlock.Lock
	queue    *processlock.Queue // nil where the store is alone on its log
	follower *follower
	foreign  *foreignLog // while this goroutine extends the view
	view     *view
	health   *health
	opts     *Options
	used     usedTime

	held      bool // acquired, and not released yet
	current   bool // the writer is at the end of the log, and stays there until release
	watermark processlock.Watermark
	head      logline.Offset // the end that HEAD vouches for
}

// acquire makes this process the only writer of the log until release, and brings it to the end
// of the commits of others.
func (x *exclusiveLog) acquire() error {
	if x.queue == nil {
		return nil
	}
	if err := x.queue.Acquire(); err != nil {
		return err
	}
	x.held, x.current = true, false
	err := x.join()
	if err != nil {
		x.release()
	}
	return err
}

// exclusive reports whether this process is the only writer of the log now.
func (x *exclusiveLog) exclusive() bool { return x.queue == nil || x.held }

func (x *exclusiveLog) release() {
	if !x.held {
		return
	}
	x.held = false
	if err := x.queue.Release(); err != nil {
		x.health.fail(err, nil) // no other process could write any more
	}
}

// join brings the writer to the end of the log, which is locked.
func (x *exclusiveLog) join() error {
	if err := x.inPlace(); err != nil {
		return err
	}
	notice, err := x.follower.look(nil)
	if err != nil {
		return err
	}
	x.watermark = notice.Watermark
	x.opts.Raise(x.watermark.Used)
	_ = x.follower.beginExtending(context.Background())
	defer x.follower.endExtending()
	if err := x.foreign.readUntil(x.watermark.End); err != nil {
		return err
	}
	if err := x.moveToEnd(); err != nil {
		return err
	}
	x.current, x.head = true, x.watermark.Head
	return x.takeOver()
}

// moveToEnd lets the writer continue where the log ends now.
func (x *exclusiveLog) moveToEnd() error {
	if err := x.writer.MoveTo(x.view.end()); err != nil {
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return nil
}

// inPlace makes sure that the directory is still where its path leads, and the locks and the last
// segment in it: otherwise no reader finds the acknowledged commits.
func (x *exclusiveLog) inPlace() error {
	var err error
	if x.queue == nil {
		err = x.lock.Keep()
	} else {
		err = errors.Join(x.lock.Held(), x.queue.InPlace())
	}
	if err == nil {
		err = x.writer.InPlace()
	}
	if err == nil {
		return nil
	}
	if _, moved := errors.AsType[*durablefile.MovedError](err); moved {
		x.fail(err)
	}
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
}

// append appends a batch durably. If it fails, either nothing of it is left, or the store has failed
// and the outcome is unknown.
func (x *exclusiveLog) append(b *batch) error {
	if !x.held { // acquire has looked already
		if err := x.inPlace(); err != nil {
			return err
		}
	}
	began := time.Now() //nolint:forbidigo // measures, decides nothing
	err := x.writer.Write(b.lines)
	x.opts.Observe(b.commits, len(b.lines), time.Since(began)) //nolint:forbidigo // measures, decides nothing
	if _, uncertain := errors.AsType[*durablefile.SyncError](err); uncertain {
		return x.unknown(err)
	}
	if err != nil {
		return x.refused(err)
	}
	return nil
}

// roll begins a segment. The last one is durable already. The new one is, name and all, before
// anything can be acknowledged from it.
func (x *exclusiveLog) roll() error {
	if err := x.inPlace(); err != nil {
		return err
	}
	end, hash, err := x.dir.Create(x.view.nextHeader())
	if _, uncertain := errors.AsType[*durablefile.SyncError](err); !uncertain && err != nil {
		return x.refused(err)
	}
	if err == nil {
		err = x.writer.MoveTo(end, hash)
	}
	if err != nil {
		// The new segment may have its name and cannot be used: only a new start can sort this out.
		x.fail(err)
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	x.view.roll(end, hash)
	return nil
}

// fail stops the store after cause. The log is durable up to where the writer is. A store that is
// not alone on its log knows that only while others may not write, and marks nothing else.
func (x *exclusiveLog) fail(cause error) {
	if x.queue != nil && (!x.held || !x.current) {
		x.health.fail(cause, nil)
		return
	}
	x.health.fail(cause, func() error { return x.lock.MarkPoison(x.writer.End()) })
}

// unknown stops the store, and returns the error of callers whose bytes may or may not be on the disk.
func (x *exclusiveLog) unknown(cause error) error {
	x.fail(cause)
	return fmt.Errorf("%w: %w", ports.ErrOutcomeUnknown, cause)
}

// refused turns a failure that left nothing in the log into the callers' error.
func (x *exclusiveLog) refused(cause error) error {
	if durablefile.IsFull(cause) {
		x.health.setReadOnly(cause)
		return fmt.Errorf("%w: %w", ports.ErrReadOnly, cause)
	}
	return fmt.Errorf("%w: write log: %w", ports.ErrUnavailable, cause)
}
