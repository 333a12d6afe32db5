package centralview_test

import (
	"bytes"
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/ports"
)

// logOf returns a log of n adjustments in two stores.
func logOf(t *testing.T, n int) *memory.EventStore {
	log := memory.NewEventStore(time.Minute, time.Now)
	h := newHistory()
	for i := range n {
		for _, e := range h.adjust(t, []string{"S1", "S2", "S1", "S2"}[i], "a", int64(i+1)) {
			_, err := log.Append(ctx, []ports.Commit{{ID: "c", Time: noon, Events: []ports.Event{e.Event}}})
			require.NoError(t, err)
		}
	}
	return log
}

func compare(t *testing.T, log *memory.EventStore, saved ports.CheckpointStore) (int, error) {
	c, err := centralview.Compare(ctx, saved)
	if err != nil {
		return 0, err
	}
	for commit, err := range log.Commits(ctx, 0) {
		require.NoError(t, err)
		require.NoError(t, c.Next(ctx, commit))
	}
	return c.End(ctx)
}

func TestASavedViewIsComparedWithTheLog(t *testing.T) {
	saved := save(t, logOf(t, 3), 3)
	for n, name := range map[int]string{3: "of the same length", 4: "that is longer"} {
		items, err := compare(t, logOf(t, n), saved)
		require.NoError(t, err, "a log %s", name)
		require.Equal(t, 2, items)
	}
	_, err := compare(t, logOf(t, 2), saved)
	require.Error(t, err, "a shorter log")
	items, err := compare(t, logOf(t, 2), &memory.CheckpointStore{})
	require.NoError(t, err)
	require.Zero(t, items, "nothing is saved")
}

// edited is a store whose records differ from those that were saved.
type edited struct {
	ports.CheckpointStore
	from, to string
}

func (e edited) Records(ctx context.Context, name string, generation int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for record, err := range e.CheckpointStore.Records(ctx, name, generation) {
			if !yield(bytes.ReplaceAll(record, []byte(e.from), []byte(e.to)), err) {
				return
			}
		}
	}
}

func (e edited) Save(context.Context, string, iter.Seq2[[]byte, error], ports.Pace) (int64, error) {
	panic("nothing is saved here")
}

func TestASavedViewThatIsWrongIsFound(t *testing.T) {
	log := logOf(t, 3)
	saved := save(t, log, 3)
	for name, c := range map[string]struct{ from, to, says string }{
		"totals that are no sum":           {`{"totals":"a","units":{"onHand":6`, `{"totals":"a","units":{"onHand":7`, "sum"},
		"an item with another number":      {`"onHand":2,`, `"onHand":3,`, "sum"},
		"an item with another version":     {`"version":2`, `"version":3`, "not what the log leads to"},
		"an unknown store":                 {`{"store":"S2"`, `{"store":"S3"`, "that is none"},
		"a store that comes twice":         {`{"stores":["S1","S2"]`, `{"stores":["S1","S1"]`, "comes twice"},
		"an item of another SKU":           {`"sku":"a"`, `"sku":"A"`, "but totals"},
		"an item twice":                    {`{"store":"S2"`, `{"store":"S1"`, "not in order"},
		"an odd record":                    {`{"totals":"a"`, `{"totals":7`, "expected"},
		"another projection":               {`"projection":"central-view"`, `"projection":"other"`, "projection"},
		"another shape":                    {`{"checkpoint":1`, `{"checkpoint":2`, "a newer version"},
		"a stream that is blocked nowhere": {`"position":3,"time"`, `"still":{"stock/S1/a":null},"position":3,"time"`, "blocked at no version"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := compare(t, log, edited{saved, c.from, c.to})
			require.ErrorContains(t, err, c.says)
		})
	}
}
