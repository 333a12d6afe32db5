package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// kept is two commits that keep answers in one stream.
func kept() []ports.Recorded {
	var log []ports.Recorded
	for _, version := range []event.Version{1, 2} {
		e := ports.Event{
			Stream: answer.Stream("7"), Type: answer.KeptV1, Time: noon, Data: answer.Kept{Bytes: 2}.AppendJSON(nil),
		}
		e.Version = version
		log = append(log, ports.Recorded{Commit: ports.Commit{
			Time: noon, Key: "k", Fingerprint: "f", Result: []byte(`{}`), Events: []ports.Event{e},
		}})
	}
	return log
}

func TestKeptAnswersPass(t *testing.T) {
	a := audit.New(nil)
	for _, c := range kept() {
		require.NoError(t, a.Check(c))
	}
}

func TestAnUnsoundKeptAnswerIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ports.Recorded)
		says   string
	}{
		"a gap":             {func(c *ports.Recorded) { c.Events[0].Version++ }, "version 3 follows 1"},
		"an unknown kind":   {func(c *ports.Recorded) { c.Events[0].Type = "answer.unheard-of.v1" }, "unknown event"},
		"no key":            {func(c *ports.Recorded) { c.Key = "" }, "no key"},
		"more than itself":  {func(c *ports.Recorded) { c.Events = append(c.Events, c.Events[0]) }, "changes something"},
		"an answer changed": {func(c *ports.Recorded) { c.Result = []byte(`{"a":1}`) }, "another size"},
	} {
		t.Run(name, func(t *testing.T) {
			log := kept()
			c.change(&log[1])
			a := audit.New(nil)
			require.NoError(t, a.Check(log[0]))
			require.ErrorContains(t, a.Check(log[1]), c.says)
		})
	}
}
