package ports

import (
	"bytes"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/onhand/onhand/domain/event"
)

// What one commit may hold at most.
const (
	MaxCommitEvents = 10_000
	MaxCommitBytes  = 4 << 20 // of data and result together
)

// Check tells whether the commit keeps the rules of Commit that do not depend
// on the log: *MalformedCommitError or *TooLargeError if not. Every store asks
// it before it does anything else.
func (c *Commit) Check() error {
	if len(c.Events) == 0 {
		return &MalformedCommitError{Problem: "no events"}
	}
	if len(c.Events) > MaxCommitEvents {
		return &TooLargeError{What: "events", Size: len(c.Events), Limit: MaxCommitEvents}
	}
	if err := c.checkVersions(); err != nil {
		return err
	}
	if err := c.checkTexts(); err != nil {
		return err
	}
	size := len(c.Result)
	for i := range c.Events {
		e := &c.Events[i]
		size += len(e.Data)
		if err := c.checkEvent(i); err != nil {
			return err
		}
	}
	if size > MaxCommitBytes {
		return &TooLargeError{What: "bytes", Size: size, Limit: MaxCommitBytes}
	}
	if len(c.Result) > 0 && !oneLine(c.Result) {
		return &MalformedCommitError{Problem: "the result is not one JSON value on one line"}
	}
	return nil
}

func (c *Commit) checkEvent(i int) error {
	e := &c.Events[i]
	switch {
	case e.Stream == "" || e.Type == "":
		return &MalformedCommitError{Problem: fmt.Sprintf("event %d has no stream or no type", i)}
	case !utf8.ValidString(string(e.Stream)) || !utf8.ValidString(string(e.Type)):
		return &MalformedCommitError{Problem: fmt.Sprintf("the stream %q or type %q of event %d is not UTF-8", string(e.Stream), string(e.Type), i)}
	case e.Version < 1:
		return &MalformedCommitError{Problem: fmt.Sprintf("event %d has version %d", i, e.Version)}
	case !oneLine(e.Data) || e.Data[0] != '{':
		return &MalformedCommitError{Problem: fmt.Sprintf("the data of event %d is not one JSON object on one line", i)}
	}
	return checkYear(e.Time)
}

// checkVersions finds a gap between two events of one stream.
func (c *Commit) checkVersions() error {
	if len(c.Events) == 1 {
		return nil
	}
	last := make(map[event.StreamID]event.Version, len(c.Events))
	for i := range c.Events {
		e := &c.Events[i]
		if before, seen := last[e.Stream]; seen && e.Version != before+1 {
			return &MalformedCommitError{Problem: fmt.Sprintf("version %d of %q follows %d", e.Version, string(e.Stream), before)}
		}
		last[e.Stream] = e.Version
	}
	return nil
}

// maxToken is the largest fencing token: 18 digits.
const maxToken = 1e18 - 1

// checkTexts refuses what a store may not be able to give back as it was: bytes
// that are not UTF-8, and years and tokens of too many digits.
func (c *Commit) checkTexts() error {
	for _, text := range []string{c.ID, c.Actor, c.RequestID, c.Key, c.Fingerprint} {
		if !utf8.ValidString(text) {
			return &MalformedCommitError{Problem: fmt.Sprintf("%q is not UTF-8", text)}
		}
	}
	for _, e := range c.Epochs {
		if !utf8.ValidString(string(e.Stream)) || e.Token < 0 || e.Token > maxToken {
			return &MalformedCommitError{Problem: fmt.Sprintf("the epoch %d of %q is none", e.Token, string(e.Stream))}
		}
	}
	return checkYear(c.Time)
}

func checkYear(t time.Time) error {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return &MalformedCommitError{Problem: fmt.Sprintf("the year %d has not four digits", year)}
	}
	return nil
}

// oneLine tells whether value is one bracketed or scalar JSON value, at least
// as far as a reader needs that looks for its end, without a line break.
func oneLine(value []byte) bool {
	return len(value) > 0 && event.ValueLength(value) == len(value) && bytes.IndexByte(value, '\n') < 0
}
