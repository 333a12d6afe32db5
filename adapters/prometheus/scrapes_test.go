package prometheus

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func scrapeOf(s http.Handler, encoding string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	request.Header.Set("Accept-Encoding", encoding)
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	return answer
}

func TestMetricsAreGatheredOnceAtATimeAndNotForEveryRequest(t *testing.T) {
	var atOnce, most, gathered atomic.Int64
	s := newScrapes(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), atOnce.Add(1)))
		defer atOnce.Add(-1)
		gathered.Add(1)
		_, _ = io.WriteString(w, "metrics")
	}))
	begin := time.Now()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 500 {
				if answer := scrapeOf(s, ""); answer.Body.String() != "metrics" {
					t.Error(answer.Body)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, most.Load())
	allowed := 2 + scrapesPerSecond*(1+time.Since(begin).Seconds()) + time.Since(begin).Seconds()
	require.LessOrEqual(t, float64(gathered.Load()), allowed)
}

func TestMetricsAreCompressedForClientsThatTakeIt(t *testing.T) {
	m := New("1.2.3")
	s := m.Handler()
	plain := scrapeOf(s, "gzip;q=0, br")
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	require.Contains(t, plain.Header().Get("Content-Type"), "text/plain; version=0.0.4")
	require.Contains(t, plain.Body.String(), `version="1.2.3"`)
	packed := scrapeOf(s, "br, gzip;q=0.5")
	require.Equal(t, "gzip", packed.Header().Get("Content-Encoding"))
	unpacked, err := gzip.NewReader(packed.Body)
	require.NoError(t, err)
	text, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.Contains(t, string(text), `version="1.2.3"`)
	m.Request(Request{Method: http.MethodGet, Route: "/x", Status: 200})
	require.Contains(t, scrapeOf(s, "").Body.String(), `route="/x"`, "few requests get fresh metrics")
}
