package audit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// abandoned is a log with a first event that was discarded.
func abandoned(t *testing.T, change func(*ports.Event, *deadletter.Deleted)) []ports.Recorded {
	log := history(t, 5)
	at := noon.Add(time.Hour)
	fact := deadletter.Deleted{Projection: "view", Position: 1, Stream: "stock/S1/A", Version: 1, FirstAt: at, LastAt: at}
	e := ports.Event{
		Stream: deadletter.Stream(ports.DeadLetterID("view", ports.EventID{Position: 1})), Version: 1, Type: deadletter.DeletedV1, Time: at,
	}
	change(&e, &fact)
	if e.Data == nil {
		e.Data = fact.AppendJSON(nil)
	}
	return append(log, ports.Recorded{Position: 2, Commit: ports.Commit{Time: at, Events: []ports.Event{e}}})
}

func TestADeadLetterThatWasGivenUpPasses(t *testing.T) {
	a := audit.New(nil)
	for _, c := range abandoned(t, func(*ports.Event, *deadletter.Deleted) {}) {
		require.NoError(t, a.Check(c))
	}
}

func TestAnUnsoundDeadLetterIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ports.Event, *deadletter.Deleted)
		says   string
	}{
		"a second version":       {func(e *ports.Event, _ *deadletter.Deleted) { e.Version = 2 }, "version 2 follows 0"},
		"a kind of nobody":       {func(e *ports.Event, _ *deadletter.Deleted) { e.Type = "dead-letter.unheard-of.v1" }, "unknown event"},
		"data that is none":      {func(e *ports.Event, _ *deadletter.Deleted) { e.Data = []byte(`{"position":"x"}`) }, "decode"},
		"an event of another":    {func(_ *ports.Event, d *deadletter.Deleted) { d.Index = 1 }, "another event than its stream"},
		"an event yet to come":   {ofTheFuture, "comes later"},
		"another's dead letters": {func(_ *ports.Event, d *deadletter.Deleted) { d.Projection = "other" }, "another event than its stream"},
	} {
		t.Run(name, func(t *testing.T) {
			log := abandoned(t, c.change)
			a := audit.New(nil)
			require.NoError(t, a.Check(log[0]))
			require.ErrorContains(t, a.Check(log[1]), c.says)
		})
	}
}

func ofTheFuture(e *ports.Event, d *deadletter.Deleted) {
	d.Position = event.Position(2)
	e.Stream = deadletter.Stream(ports.DeadLetterID("view", ports.EventID{Position: 2}))
}
