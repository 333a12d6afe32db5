package endtoend_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// idsInFile are the events of a file, in its order.
func idsInFile(t *testing.T, path string) (ids []string) {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for line := range strings.Lines(string(content)) {
		var e struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		ids = append(ids, e.ID)
	}
	return ids
}

// upTo are the ids of events of commits with one event each.
func upTo(n int) (ids []string) {
	for position := range n {
		ids = append(ids, fmt.Sprintf("%d.0", position+1))
	}
	return ids
}

func TestWhenTheLeaderIsKilledAnotherProcessTellsOfEvents(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "events.ndjson")
	settings := append(slices.Clone(local), "LOCKS_ENABLED=true", "EVENTS_FILE="+file, "SNAPSHOT_EVERY_N_EVENTS=1")
	start := func() (*process.Service, client) {
		s := process.Start(t, filepath.Join(dir, "data"), settings...)
		return s, clientOf(t, s)
	}
	leader, first := start()
	_, second := start()
	receiver := openSubscriber(t)

	second.refused(second.get(webhooksPath), 503, "lock-held")
	second.refused(second.once(webhooksPath, `{"url":"`+receiver.url+`"}`), 503, "lock-held")
	second.refused(second.get(deadLettersPath), 503, "lock-held")
	second.refused(second.once("/v1/sync", ""), 503, "lock-held")
	second.refused(second.once("/v1/sync?projection=events-file", ""), 503, "lock-held")
	second.ok(second.once("/v1/sync?projection=central-view", ""))
	first.subscribe(receiver)
	for range 5 {
		first.ok(first.adjust(itemA, `{"delta":1}`))
		second.ok(second.adjust(itemA, `{"delta":1}`))
	}
	first.ok(first.once("/v1/sync", "")) // and sent events are noted
	require.Equal(t, upTo(10), idsInFile(t, file))
	require.Len(t, receiver.ids(""), 10)

	leader.Kill()
	for range 5 {
		second.ok(second.adjust(itemA, `{"delta":1}`))
	}
	require.Eventually(t, func() bool { return len(receiver.ids("")) >= 15 }, patience, 5*time.Millisecond)
	receiver.orderly(15)
	second.ok(second.once("/v1/sync", ""))
	require.Equal(t, upTo(15), idsInFile(t, file))
	require.Len(t, webhooksOf(second.ok(second.get(webhooksPath))), 1)

	_, third := start()
	third.refused(third.get(webhooksPath), 503, "lock-held")
	third.ok(third.adjust(itemA, `{"delta":1}`))
	receiver.orderly(16)
}
