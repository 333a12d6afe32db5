package jsonevents

import (
	"errors"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/ports"
)

// task is the next work of the committer.
type task int

const (
	serve    task = iota // the requests of the queue
	saveHead             // nothing was to be done for a while
	probe                // whether the directory is there, and has room
)

// tasks are the sources of the committer's tasks.
type tasks struct {
	requests <-chan struct{}
	idle     *time.Timer
	probes   *time.Ticker
}

// next waits for a task. If there are several, the rare ones come first, so that load does not
// keep them out for ever, and always in the same order, so that a simulated run can be repeated.
func (t *tasks) next() task {
	select {
	case <-t.probes.C:
		return probe
	default:
	}
	select {
	case <-t.idle.C:
		return saveHead
	default:
	}
	select {
	case <-t.requests:
		return serve
	case <-t.idle.C:
		return saveHead
	case <-t.probes.C:
		return probe
	}
}

// start tells other processes the end of the log, and saves HEAD, which must exist before the
// first commit.
func (c *committer) start(last logline.Tip, hasHead bool) error {
	if c.log.queue != nil {
		c.log.held, c.log.current = true, true
		defer func() { c.log.held = false }()
		if err := c.log.start(last); err != nil {
			return err
		}
	}
	if !hasHead {
		return c.head.save()
	}
	return c.head.last()
}

// saveHead saves HEAD when the log went quiet, and reports whether that need not be tried again.
// A full disk is no reason to stop.
func (c *committer) saveHead() bool {
	if c.health.failed() || c.head.current() {
		return true
	}
	err := c.log.acquire()
	if err == nil {
		err = c.log.inPlace()
	}
	defer c.log.release()
	if err != nil || c.head.current() {
		return err == nil || c.health.failed()
	}
	return c.head.try()
}

// probe finds out, also while nothing is written, that the directory is gone. It tries whether a
// full disk takes writes again, with as much as a group commit may need, and reports whether it
// does now.
func (c *committer) probe() bool {
	if !c.health.failed() {
		_ = c.log.inPlace() // it has failed the store if it must
	}
	if now := c.health.condition(); now.readOnly == nil || now.failed != nil {
		return false
	}
	dir := c.log.dir
	if err := durablefile.Try(dir.Disk, dir.Probe(), make([]byte, commitLimits.Bytes)); err != nil {
		return false
	}
	c.health.setReadOnly(nil)
	return true
}

// finish saves the last HEAD. Where other processes continue, it need not be this one's.
func (c *committer) finish() error {
	err := c.log.acquire()
	if errors.Is(err, ports.ErrBusy) {
		c.head.failed(err)
		return nil
	}
	defer c.log.release()
	if err != nil {
		return err
	}
	if c.log.held && c.head.current() {
		return nil
	}
	return c.head.last()
}
