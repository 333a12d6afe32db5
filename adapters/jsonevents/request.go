package jsonevents

import (
	"bytes"
	"fmt"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/ports"
)

// commitLimits are the limits of one line of the log.
var commitLimits = ports.CommitLimits{Events: 10_000, Bytes: 4 << 20}

// request is one Append or CloseTimestamp on its way through the committer.
type request struct {
	commits []ports.Commit
	keys    []logindex.KeyHash // of each commit, meaningless where it has no key; nil if none has
	refused []error            // of each commit that breaks the rules of commits; nil if none does
	closes  time.Time          // without commits: the time to close
	results []ports.Appended
	err     error
	done    chan struct{} // closed when results or err are final
}

// newRequest checks the commits and hashes their keys, so that the committer need not.
func newRequest(commits []ports.Commit) *request {
	r := &request{commits: commits, done: make(chan struct{})}
	for i := range commits {
		if err := checkCommit(&commits[i]); err != nil {
			if r.refused == nil {
				r.refused = make([]error, len(commits))
			}
			r.refused[i] = err
		}
		if commits[i].Key != "" {
			if r.keys == nil {
				r.keys = make([]logindex.KeyHash, len(commits))
			}
			r.keys[i] = logindex.HashKey(commits[i].Key)
		}
	}
	return r
}

// warm brings what the index has of the commits into memory.
func (r *request) warm(index *logindex.Index) error {
	for i := range r.commits {
		var key logindex.KeyHash
		if r.keys != nil {
			key = r.keys[i]
		}
		if err := index.Warm(&r.commits[i], key); err != nil {
			return err
		}
	}
	return nil
}

// answer ends the request with an error, or with the results that it has.
func (r *request) answer(err error) {
	if r.err = err; err != nil {
		r.results = nil
	}
	close(r.done)
}

// checkCommit is ports.Commit's Check, and refuses data that would break a line.
func checkCommit(c *ports.Commit) error {
	if err := c.Check(commitLimits); err != nil {
		return err
	}
	for i := range c.Events {
		if bytes.IndexByte(c.Events[i].Data, '\n') >= 0 {
			return &ports.MalformedCommitError{Problem: fmt.Sprintf("the data of event %d has a line break", i)}
		}
	}
	if bytes.IndexByte(c.Result, '\n') >= 0 {
		return &ports.MalformedCommitError{Problem: "the result has a line break"}
	}
	return nil
}
