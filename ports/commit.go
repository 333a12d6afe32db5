package ports

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/onhand/onhand/domain/event"
)

// CommitLimits are what one commit may hold at most. They are a property of the store: a
// message broker takes less in one message than a file takes in one line.
type CommitLimits struct {
	Events int
	Bytes  int // of data and result together
}

// Check returns *TooLargeError where a commit of so many events and bytes is over the
// limits.
func (l CommitLimits) Check(events, bytes int) error {
	switch {
	case events > l.Events:
		return &TooLargeError{What: "events", Size: events, Limit: l.Events}
	case bytes > l.Bytes:
		return &TooLargeError{What: "bytes", Size: bytes, Limit: l.Bytes}
	}
	return nil
}

// Check reports whether the commit keeps the limits, and the rules of Commit that do not
// depend on the log: *MalformedCommitError or *TooLargeError if not. Every store asks
// it before it does anything else with a commit.
func (c *Commit) Check(limits CommitLimits) error {
	if len(c.Events) == 0 {
		return &MalformedCommitError{Problem: "no events"}
	}
	size := len(c.Result)
	for i := range c.Events {
		size += len(c.Events[i].Data)
	}
	if err := limits.Check(len(c.Events), size); err != nil {
		return err
	}
	if err := c.checkVersions(); err != nil {
		return err
	}
	if err := c.checkTexts(); err != nil {
		return err
	}
	for i := range c.Events {
		if err := c.checkEvent(i); err != nil {
			return err
		}
	}
	if len(c.Result) > 0 && !isJSON(c.Result) {
		return &MalformedCommitError{Problem: "the result is not one JSON value"}
	}
	return nil
}

func (c *Commit) checkEvent(i int) error {
	e := &c.Events[i]
	switch {
	case e.Stream == "" || e.Type == "":
		return &MalformedCommitError{Problem: fmt.Sprintf("event %d has no stream or no type", i)}
	case !utf8.ValidString(string(e.Stream)) || !utf8.ValidString(string(e.Type)):
		problem := fmt.Sprintf("the stream %q or type %q of event %d is not UTF-8", string(e.Stream), string(e.Type), i)
		return &MalformedCommitError{Problem: problem}
	case e.Version < 1:
		return &MalformedCommitError{Problem: fmt.Sprintf("event %d has version %d", i, e.Version)}
	case !isJSON(e.Data) || e.Data[0] != '{':
		return &MalformedCommitError{Problem: fmt.Sprintf("the data of event %d is not one JSON object", i)}
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
			problem := fmt.Sprintf("version %d of %q follows %d", e.Version, string(e.Stream), before)
			return &MalformedCommitError{Problem: problem}
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
	for _, t := range c.Tokens {
		if !utf8.ValidString(string(t.Stream)) || t.Token < 0 || t.Token > maxToken {
			return &MalformedCommitError{Problem: fmt.Sprintf("%d is no fencing token of %q", t.Token, string(t.Stream))}
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

// isJSON reports whether value is one bracketed or scalar JSON value, at least as far as
// a reader that looks for its end needs to know.
func isJSON(value []byte) bool {
	return len(value) > 0 && event.ValueLength(value) == len(value)
}
