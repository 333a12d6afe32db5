package audit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// history decides adjustments and returns them as they stand in a log.
func history(t *testing.T, deltas ...int64) []ports.Recorded {
	item := stock.Item{Key: stock.Key{Store: "S1", SKU: "A"}}
	var log []ports.Recorded
	for n, delta := range deltas {
		events, err := item.Adjust(delta, stock.Note{}, noon.Add(time.Duration(n)*time.Second))
		require.NoError(t, err)
		item.Apply(events[0])
		log = append(log, ports.Recorded{
			Position: event.Position(n + 1),
			Commit: ports.Commit{Time: events[0].At, Events: []ports.Event{{
				Stream: item.Stream(), Version: item.Version, Type: events[0].Change.Type(),
				Time: events[0].At, Data: events[0].AppendJSON(nil),
			}}},
		})
	}
	return log
}

func TestASoundHistoryPasses(t *testing.T) {
	a := audit.New(nil)
	for _, c := range history(t, 5, -3, 7) {
		require.NoError(t, a.Check(c))
	}
	require.Equal(t, 1, a.Items())
}

func TestAnUnsoundEventIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(*ports.Event)
		says   string
	}{
		"a number that does not follow": {func(e *ports.Event) {
			e.Data = []byte(`{"delta":-3,"after":{"onHand":3,"version":2}}`)
		}, "the fold says"},
		"a quantity below zero": {func(e *ports.Event) {
			e.Data = []byte(`{"delta":-9,"after":{"onHand":-4,"version":2}}`)
		}, "on hand is -4"},
		"a gap between versions":    {func(e *ports.Event) { e.Version = 3 }, "version 3 follows 1"},
		"time that runs backwards":  {func(e *ports.Event) { e.Time = noon.Add(-time.Hour) }, "before the event before it"},
		"an event after its commit": {func(e *ports.Event) { e.Time = noon.Add(time.Hour) }, "happened after its commit"},
		"a stream of nobody":        {func(e *ports.Event) { e.Stream = "unheard/of" }, "not one of this program's"},
		"a name not in normal form": {func(e *ports.Event) { e.Stream = "stock/S1/ A" }, "normal form"},
		"a kind of nobody":          {func(e *ports.Event) { e.Type = "stock.unheard-of.v1" }, "unknown event"},
	} {
		t.Run(name, func(t *testing.T) {
			log := history(t, 5, -3)
			c.damage(&log[1].Events[0])
			a := audit.New(nil)
			require.NoError(t, a.Check(log[0]))
			err := a.Check(log[1])
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "position 2, event 0")
		})
	}
}

func TestTheAuditTakesNamesOfOlderVersions(t *testing.T) {
	for _, sku := range []string{"a\ufe0f", "x\u00a0y"} {
		log := history(t, 5)
		log[0].Events[0].Stream = stock.Key{Store: "S1", SKU: sku}.Stream()
		require.NoError(t, audit.New(nil).Check(log[0]), "%+q", sku)
	}
}
