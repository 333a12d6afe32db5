package jsonevents_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func TestCommitsThatWouldNotReadBackAreRefused(t *testing.T) {
	for name, change := range map[string]func(*ports.Commit){
		"an id that is not UTF-8":               func(c *ports.Commit) { c.ID = "\xff" },
		"an actor that is not UTF-8":            func(c *ports.Commit) { c.Actor = "\xff" },
		"a request id that is not UTF-8":        func(c *ports.Commit) { c.RequestID = "a\xc3" },
		"a key that is not UTF-8":               func(c *ports.Commit) { c.Key = "\xfe" },
		"a fingerprint that is not UTF-8":       func(c *ports.Commit) { c.Fingerprint = "\xff" },
		"a stream that is not UTF-8":            func(c *ports.Commit) { c.Events[0].Stream = "\xff" },
		"a type that is not UTF-8":              func(c *ports.Commit) { c.Events[0].Type = "\xed\xa0\x80" },
		"a lease on a stream that is not UTF-8": func(c *ports.Commit) { c.Tokens = []ports.FencingToken{{Stream: "\xff", Token: 1}} },
		"a token of nineteen digits":            func(c *ports.Commit) { c.Tokens = []ports.FencingToken{{Stream: "a", Token: 1e18}} },
		"data of two lines":                     func(c *ports.Commit) { c.Events[0].Data = []byte("{\n}") },
		"a result of two lines":                 func(c *ports.Commit) { c.Result = []byte("[\n]") },
		"a time after the year 9999":            func(c *ports.Commit) { c.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a time before the year 0":              func(c *ports.Commit) { c.Time = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) },
		"an event's time after the year 9999":   func(c *ports.Commit) { c.Events[0].Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			store := s.open()
			c := entry("a", 1)
			change(&c)
			require.ErrorAs(t, attempt(store, c), new(*ports.MalformedCommitError))
			require.Empty(t, ids(t, store))
			s.continues(store)
		})
	}
}
