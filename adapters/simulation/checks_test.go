package simulation_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// checks hold a run against the promises: at once what can be seen at once, the rest
// when the log is read at the end.
type checks struct {
	mu      sync.Mutex // incidents come from everywhere
	failure string

	seen     event.Position // that any client was shown
	versions map[event.StreamID]event.Version
	latest   time.Time // by the clock of any process
	ahead    []time.Time

	calls  []*call
	sights []sight
	bounds map[string]event.Position // by request: the durable position when it was answered
	sealed map[event.Position]seal
	listed []listed // in the end

	stage int
}

// sight is a state of a stream that a client was shown.
type sight struct {
	by      string
	stream  event.StreamID
	version event.Version
	text    string
	exactly event.Position // of the commit that made it so, 0 if unknown
	last    bool           // nothing came after it
	now     time.Time
}

func newChecks() *checks {
	return &checks{
		versions: map[event.StreamID]event.Version{}, bounds: map[string]event.Position{}, sealed: map[event.Position]seal{},
	}
}

func (c *checks) fail(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failure == "" {
		c.failure = fmt.Sprintf(format, args...)
	}
}

func (c *checks) failed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure != ""
}

// incident ends the run where something is reported that cannot come of the faults.
func (c *checks) incident(p *process, i ports.Incident) {
	damage, corrupt := errors.AsType[*ports.CorruptError](i.Err)
	if corrupt && p.faulty && strings.Contains(damage.Problem, "cannot be read") {
		corrupt = false // a read of a snapshot failed
	}
	if corrupt && i.Component == "clock" {
		corrupt = false // a power cut came during a save
	}
	unusable := strings.Contains(i.Message, "cannot be used") || strings.Contains(i.Message, "is not of this log")
	unusable = unusable && !p.otherIndex()
	if corrupt || unusable && !p.faulty && !errors.Is(i.Err, ports.ErrUnavailable) {
		c.fail("%d.%d reports: %s: %s: %v", p.place, p.life, i.Message, i.Detail, i.Err)
	}
}

// opened judges a start: without a fault during it, it must succeed, and show at
// least everything that any client was shown before.
func (c *checks) opened(w *world, p *process, err error) {
	switch {
	case errors.Is(err, ports.ErrBusy): // another one is at it, for too long
	case errors.Is(err, ports.ErrUnavailable) && len(w.processes) > 1: // a sync of another one failed
	case err != nil && p.closedIndex.marked.Load(): // the next start deletes it
	case err != nil && !p.faulty:
		c.fail("%d.%d does not start: %v", p.place, p.life, err)
	case err == nil && p.store.Head().Position < p.floor:
		c.fail("%d.%d starts at position %d, position %d was shown before", p.place, p.life, p.store.Head().Position, p.floor)
	}
}

func (c *checks) closed(p *process, err error) {
	c.ended(p)
	if err != nil && !p.faulty && !p.fatal.Load() && !errors.Is(err, ports.ErrUnavailable) {
		c.fail("%d.%d cannot be closed: %v", p.place, p.life, err)
	}
}

// ended takes note of how late it was for a process that is no more.
func (c *checks) ended(p *process) {
	if last := p.clock.Last(); last.After(c.latest) {
		c.latest = last
	}
}

// seal is when a line of the log was made.
type seal struct {
	line string
	when time.Time
}

// changing takes note of when commits were sealed: right before they are written.
func (c *checks) changing(s *step) {
	for line := range bytes.SplitSeq(s.lines, []byte("\n")) {
		at := positionOf(line)
		if at > 0 && c.sealed[at].line != string(line) { // a start writes again the lines that it finds
			c.sealed[at] = seal{line: string(line), when: s.at}
		}
	}
}

// positionOf is the position of a commit's line, 0 if it is none.
func positionOf(line []byte) event.Position {
	rest, ok := bytes.CutPrefix(line, []byte(`{"v":1,"position":`))
	digits, _, found := bytes.Cut(rest, []byte(","))
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if !ok || !found || err != nil {
		return 0
	}
	return event.Position(n)
}

// durable is the last position that no power cut can take back.
func (w *world) durable() event.Position {
	names := w.disk.DurableNames(logDir)
	for n := len(names) - 1; n >= 0; n-- {
		if !isSegment(logDir + "/" + names[n]) {
			continue
		}
		content := w.disk.Durable(logDir + "/" + names[n])
		for end := bytes.LastIndexByte(content, '\n'); end > 0; {
			begin := bytes.LastIndexByte(content[:end], '\n')
			if at := positionOf(content[begin+1 : end]); at > 0 {
				return at
			}
			end = begin
		}
	}
	return 0
}

func (c *checks) begin(one *call) {
	one.floor, one.versions = c.seen, maps.Clone(c.versions)
	c.calls = append(c.calls, one)
}

// answered judges an answer as far as that can be done at once, and reports whether it
// leaves open what became of the command.
func (c *checks) answered(w *world, one *call) (unknown bool) {
	got, err := one.outcome()
	if errors.Is(err, errLeft) || errors.Is(err, ports.ErrOutcomeUnknown) {
		return true
	}
	_, corrupt := errors.AsType[*ports.CorruptError](err)
	_, panicked := errors.AsType[*ledger.PanicError](err)
	_, invalid := errors.AsType[validation.Errors](err)
	if corrupt || panicked || invalid {
		c.fail("%s (%s): %v", one.id, one.task.name, err)
	}
	durable := w.durable()
	c.bounds[one.id] = durable
	if err != nil {
		return transient(err)
	}
	at := got.position
	switch {
	case at > durable:
		c.fail("%s (%s) shows position %d, but only %d is durable", one.id, one.task.name, at, durable)
	case at > 0 && got.result != nil && !got.replayed && at <= one.floor:
		c.fail("%s (%s) was written at position %d, though %d was known before it began", one.id, one.task.name, at, one.floor)
	case at < one.floor && got.seen != nil && one.task.name != lookAround:
		c.fail("%s (%s) shows position %d, though %d was known before it began", one.id, one.task.name, at, one.floor)
	}
	c.seen = max(c.seen, at)
	if !one.task.dry {
		c.look(one, got.result, at)
		c.look(one, got.seen, 0)
	}
	return false
}

// transient reports whether a refusal is one of the moment: a client with a key asks again.
func transient(err error) bool {
	if _, held := errors.AsType[*ports.LeaseHeldError](err); held {
		return true
	}
	for _, target := range []error{
		ports.ErrUnavailable, ports.ErrReadOnly, ports.ErrBusy, ledger.ErrClosed, ledger.ErrKeyInFlight, ledger.ErrOverloaded,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// look takes note of what an answer shows.
func (c *checks) look(one *call, shown any, at event.Position) {
	see := func(stream event.StreamID, version event.Version, text []byte) {
		if known := one.versions[stream]; at == 0 && version < known {
			c.fail("%s (%s) shows version %d of %s, though %d was known before it began", one.id, one.task.name, version, stream, known)
		}
		c.versions[stream] = max(c.versions[stream], version)
		c.sights = append(c.sights,
			sight{
				by: one.id, stream: stream, version: version, text: string(text), exactly: at, now: one.now,
				last: one.task.name == lookAround,
			})
	}
	switch s := shown.(type) {
	case around:
		for _, each := range s {
			c.look(one, each, 0)
		}
	case walk:
		c.walked(one, s)
	case command.ItemResult:
		c.look(one, s.Item, at)
	case stock.Item:
		see(s.Stream(), s.Version, textOf(&s))
	case command.ReservationResult:
		c.look(one, s.Reservation, at)
	case reservation.Reservation:
		if s.ExpiresAt.After(one.now) {
			c.ahead = append(c.ahead, s.ExpiresAt)
		}
		see(reservation.Stream(s.ID), s.Version, textOf(&s))
	case command.TransferResult:
		c.look(one, s.Transfer, at)
	case transfer.Transfer:
		see(streamOf(s), s.Version, textOf(&s))
	case command.BatchResult:
		for _, r := range s.Results {
			switch {
			case r.Item != nil:
				c.look(one, *r.Item, at)
			case r.Reservation != nil:
				c.look(one, *r.Reservation, at)
			case r.Transfer != nil:
				c.look(one, *r.Transfer, at)
			}
		}
	}
}

// nextDeadline is how long it is to the next deadline that any client was told of.
func (c *checks) nextDeadline(now time.Time) time.Duration {
	next := time.Duration(0)
	for _, deadline := range c.ahead {
		if d := deadline.Sub(now); d > 0 && (next == 0 || d < next) {
			next = d
		}
	}
	return next
}
