package crash_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// told is a receiver of webhooks that refuses now and then. It may get an event twice,
// but never one before another of its item that it does not have.
type told struct {
	*testing.T
	url string

	mu   sync.Mutex
	seen map[string]bool
	last map[string]string // by item, the sequence of its newest event
}

// toldOf are the settings that let webhooks go to a receiver in the test.
var toldOf = []string{
	"WEBHOOK_ALLOW_HTTP=true", "WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8", "WEBHOOK_RETRY_SECONDS=1,1,1,1,1,1,1,1,1,1",
}

// tell has the adjustments in S1 sent to a new receiver.
func tell(t *testing.T, service string) *told {
	r := &told{T: t, seen: map[string]bool{}, last: map[string]string{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL
	body := fmt.Sprintf(`{"url":%q,"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","types":["onhand.stock.adjusted.v1"],"stores":["S1"]}`, r.url)
	answer, err := http.Post(service+"/v1/webhooks", "application/json", strings.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusCreated, answer.StatusCode)
	return r
}

func (r *told) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var e struct{ ID, Subject, Sequence string }
	if json.NewDecoder(request.Body).Decode(&e) != nil || rand.IntN(100) == 0 {
		w.WriteHeader(http.StatusServiceUnavailable) // the sender was killed, or it is a bad day
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[e.ID] {
		return
	}
	if e.Sequence < r.last[e.Subject] {
		r.Errorf("%s: %s came behind %s", e.Subject, e.Sequence, r.last[e.Subject])
	}
	r.seen[e.ID], r.last[e.Subject] = true, e.Sequence
}

// missing is how many adjustments of the log a receiver does not have.
func (r *told) missing(dir string) (n int) {
	files, err := filepath.Glob(filepath.Join(dir, "log", "*.ndjson"))
	require.NoError(r, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range files {
		eachLine(r.T, name, func(line []byte) {
			var commit struct {
				Position int64
				Events   []struct{ Stream, Type string }
			}
			require.NoError(r, json.Unmarshal(line, &commit))
			for i, e := range commit.Events {
				if e.Type == "stock.adjusted.v1" && strings.HasPrefix(e.Stream, "stock/S1/") &&
					!r.seen[fmt.Sprintf("%d.%d", commit.Position, i)] {
					n++
				}
			}
		})
	}
	return n
}
