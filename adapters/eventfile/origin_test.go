package eventfile_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// logged is a log with events, and those as publishers get them.
func logged(t *testing.T, n int, at time.Time) (*memory.EventStore, []ports.StreamEvent) {
	t.Helper()
	log := memory.NewEventStore(time.Minute, time.Now)
	var all []ports.StreamEvent
	for i := range n {
		e := ports.Event{
			Stream: "stores/S1/items/A", Version: event.Version(i + 1), Type: "stock.adjusted.v1", Time: at,
			Data: []byte(`{"delta":1}`),
		}
		_, err := log.Append(context.Background(), []ports.Commit{{ID: "c", Time: at, Events: []ports.Event{e}}})
		require.NoError(t, err)
		all = append(all, ports.StreamEvent{Position: event.Position(i + 1), Event: e})
	}
	return log, all
}

// A file with events that a log does not have would pass over that log's own.
func TestAFileOfAnotherLogIsFoundOut(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	log, events := logged(t, 3, now)
	path := filepath.Join(t.TempDir(), "events.ndjson")
	empty := open(t, path)
	require.NoError(t, empty.ComesFrom(context.Background(), log))
	_, err := empty.Publish(context.Background(), events)
	require.NoError(t, err)
	require.NoError(t, empty.Close())

	f := open(t, path)
	require.NoError(t, f.ComesFrom(context.Background(), log))
	longer, _ := logged(t, 5, now)
	require.NoError(t, f.ComesFrom(context.Background(), longer))
	restored, _ := logged(t, 2, now)
	other, _ := logged(t, 5, now.Add(time.Second))
	for _, wrong := range []*memory.EventStore{restored, other} {
		damage := &ports.CorruptError{}
		require.ErrorAs(t, f.ComesFrom(context.Background(), wrong), &damage)
	}
}
