package endtoend_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestAFileOfEventsThatIsAheadOfTheLogRefusesToStart(t *testing.T) {
	dir := t.TempDir()
	file := "EVENTS_FILE=" + filepath.Join(dir, "events.ndjson")
	s := process.Start(t, filepath.Join(dir, "one"), unlimited, file)
	c := clientOf(t, s)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	c.ok(c.do("POST", "/v1/sync", ""))
	s.Stop(t)
	content, err := os.ReadFile(filepath.Join(dir, "events.ndjson"))
	require.NoError(t, err)
	require.Contains(t, string(content), `"id":"1.0"`)
	output, code := process.Run(t, []string{"PORT=0", "DATA_DIR=" + filepath.Join(dir, "another"), file}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, output, "its last event, 1.0, differs from that event of the log")
	s = process.Start(t, filepath.Join(dir, "one"), unlimited, file)
	s.Stop(t)
}
