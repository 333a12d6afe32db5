package endtoend_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/test/process"
)

// sealedLine ends a line as every version does.
func sealedLine(body string) []byte {
	return fmt.Appendf(nil, "%s,\"hash\":\"%x\"}\n", body, sha256.Sum256([]byte(body)))
}

// TestDataOfANewerVersionHaveAnExitCodeOfTheirOwn starts and verifies data that a newer version has
// written in part.
func TestDataOfANewerVersionHaveAnExitCodeOfTheirOwn(t *testing.T) {
	put := func(t *testing.T, name string, content []byte) {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o750))
		require.NoError(t, os.WriteFile(name, content, 0o600))
	}
	document := func(text string) []byte {
		return fmt.Appendf(nil, "%s\n{\"hash\":\"%x\"}\n", text, sha256.Sum256([]byte(text)))
	}
	const anyDocument = `{"v":2,"in":["another","form"]}`
	for name, c := range map[string]struct {
		write    func(t *testing.T, dir string)
		says     string
		verified bool // verify does not look there
	}{
		"a line of the log": {says: ".ndjson, line 3", write: func(t *testing.T, dir string) {
			log, err := filepath.Glob(dir + "/log/*.ndjson")
			require.NoError(t, err)
			content, err := os.ReadFile(log[0])
			require.NoError(t, err)
			put(t, log[0], append(content, sealedLine(`{"v":2,"position":2,"in":"another form"`)...))
		}},
		"HEAD": {says: "HEAD: a newer version", write: func(t *testing.T, dir string) {
			put(t, dir+"/HEAD", sealedLine(`{"v":2,"head":"in another form"`))
		}},
		"LOCK": {says: "LOCK: a newer version", write: func(t *testing.T, dir string) {
			content, err := os.ReadFile(dir + "/LOCK")
			require.NoError(t, err)
			copy(content[512:], bytes.TrimSpace(sealedLine(`{"v":2,"poison":"in another form"`)))
			put(t, dir+"/LOCK", content)
		}},
		"an event": {says: "stock.beamed.v9", write: func(t *testing.T, dir string) {
			store, err := jsonevents.Open(dir, jsonevents.Options{})
			require.NoError(t, err)
			now := time.Now().UTC().Truncate(time.Microsecond) // as the log keeps it
			_, err = store.Append(t.Context(), []ports.Commit{{ID: "newer", Time: now, Events: []ports.Event{{
				Stream: "stock/S1/A", Version: event.Version(2), Type: "stock.beamed.v9", Time: now, Data: []byte(`{}`),
			}}}})
			require.NoError(t, err)
			require.NoError(t, store.Close())
		}},
		"a webhook": {says: "webhooks/a.json: a newer version", verified: true, write: func(t *testing.T, dir string) {
			put(t, dir+"/webhooks/a.json", document(anyDocument))
		}},
		"a dead letter": {says: "dead-letters/a.json: a newer version", verified: true, write: func(t *testing.T, dir string) {
			put(t, dir+"/dead-letters/a.json", document(anyDocument))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			// given
			dir := t.TempDir()
			service := process.Start(t, dir, unlimited)
			c1 := clientOf(t, service)
			c1.ok(c1.adjust(itemA, `{"delta":1}`))
			service.Stop(t)
			c.write(t, dir)
			before := filesBelow(t, filepath.Join(dir, "log"))
			// when
			output, code := process.Run(t, []string{"DATA_DIR=" + dir, "PORT=0"}, "serve")
			// then
			require.Equal(t, 3, code, output)
			require.Contains(t, output, c.says)
			require.Contains(t, output, "a newer version of Onhand wrote it")
			require.NotContains(t, output, "damaged")
			require.Equal(t, before, filesBelow(t, filepath.Join(dir, "log")))
			output, code = process.Run(t, nil, "verify", "--data-dir", dir)
			if c.verified {
				require.Zero(t, code, output)
				return
			}
			require.Equal(t, 3, code, output)
			require.Contains(t, output, c.says)
		})
	}
}

// filesBelow are the contents of the files of a directory by name.
func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		found[e.Name()] = string(content)
	}
	return found
}
