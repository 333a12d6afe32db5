package jsonevents

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/ports"
)

// component names this package in incidents.
const component = "jsonevents"

// condition says whether the store can be read and written. It never changes: health replaces it.
type condition struct {
	readOnly error // why writes are refused for now, or nil
	damaged  error // the damage that a read found, or nil: writes stop
	failed   error // why nothing works until a restart, or nil
	closed   bool
}

// usable returns the error that reads get, or nil.
func (c *condition) usable() error {
	switch {
	case c.failed != nil:
		return fmt.Errorf("%w: %w", ports.ErrFailed, c.failed)
	case c.closed:
		return fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	return nil
}

// writable returns the error that commits get, or nil.
func (c *condition) writable() error {
	err := c.usable()
	if err == nil && c.damaged != nil {
		err = fmt.Errorf("%w: %w", ports.ErrUnavailable, c.damaged)
	}
	if err == nil && c.readOnly != nil {
		err = fmt.Errorf("%w: %w", ports.ErrReadOnly, c.readOnly)
	}
	return err
}

// detail returns the reason in words why the store does not do everything, or nothing.
func (c *condition) detail() string {
	switch {
	case c.failed != nil:
		return c.failed.Error()
	case c.damaged != nil:
		return c.damaged.Error()
	case c.closed:
		return "closed"
	case c.readOnly != nil:
		return c.readOnly.Error()
	}
	return ""
}

// health keeps the condition of the store, and reports its changes.
type health struct {
	report ports.Reporter
	fatal  func(error)
	grown  *bell

	mu  sync.Mutex // one change at a time
	now atomic.Pointer[condition]
}

func newHealth(opts *Options, grown *bell) *health {
	h := &health{report: opts.Report, fatal: opts.Fatal, grown: grown}
	h.now.Store(&condition{})
	return h
}

func (h *health) condition() *condition { return h.now.Load() }
func (h *health) failed() bool          { return h.condition().failed != nil }

// change replaces the condition and returns the one before.
func (h *health) change(to func(c *condition)) condition {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := *h.condition()
	after := before
	to(&after)
	h.now.Store(&after)
	return before
}

// fail stops the store for good after a failure that leaves the content of the disk unknown.
// markPoison leaves the POISON mark; it is nil where this process does not know where the log was
// last durable. Several goroutines may fail at the same time: the process is ended once.
func (h *health) fail(cause error, markPoison func() error) {
	// The condition comes first: a reader of this process that sees the mark must not take it
	// for that of another process.
	before := h.change(func(c *condition) {
		if c.failed == nil {
			c.failed = cause
		}
	})
	first := before.failed == nil
	if first {
		h.grown.ring()
	}
	var markErr error
	if markPoison != nil {
		markErr = markPoison()
	}
	if !first && markPoison == nil {
		return
	}
	h.report(ports.Incident{
		Component: component,
		Message:   "the log cannot be written any more: this process ends, and the next start checks the log",
		Err:       errors.Join(cause, markErr),
		Severe:    true,
	})
	if first {
		go h.fatal(cause)
	}
}

// failOnce stops the store for good, unless it has stopped already.
func (h *health) failOnce(cause error) {
	if c := h.condition(); c.failed == nil && !c.closed {
		h.fail(cause, nil)
	}
}

// foundDamage stops writes because a read found that the log has changed: nothing may be built
// on that. Reads of sound lines continue.
func (h *health) foundDamage(damage error) {
	before := h.change(func(c *condition) {
		if c.damaged == nil && !c.closed {
			c.damaged = damage
		}
	})
	if before.damaged == nil && !before.closed {
		const message = "the log is damaged: the service refuses changes"
		h.report(ports.Incident{Component: component, Message: message, Err: damage, Severe: true})
	}
}

// setReadOnly refuses writes because of cause, or takes them again if cause is nil.
func (h *health) setReadOnly(cause error) {
	before := h.change(func(c *condition) { c.readOnly = cause })
	if (before.readOnly == nil) == (cause == nil) {
		return
	}
	incident := ports.Incident{Component: component, Message: "the disk has room again: the service accepts changes"}
	if cause != nil {
		incident.Message, incident.Err, incident.Severe = "the disk is full: the service refuses changes until the disk has room", cause, true
	}
	h.report(incident)
}

// close refuses everything from now on, and reports whether the store had failed.
func (h *health) close() (failed bool) {
	before := h.change(func(c *condition) { c.closed = true })
	h.grown.ring()
	return before.failed != nil
}
