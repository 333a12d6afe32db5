package prometheus

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// scrapesPerSecond is how often metrics are gathered at most, but for the first of a second.
	scrapesPerSecond = 10
	// maxScrapeAge is the greatest age of an answer.
	maxScrapeAge = time.Second
)

// scrapes answers requests for metrics. It gathers once at a time, because that costs a hundred
// times as much as another request, and answers with the last result where many ask.
type scrapes struct {
	gather http.Handler

	mu    sync.Mutex
	fresh *rate.Limiter
	kept  [2]scrape // plain and compressed
}

// scrape is an answer. Nothing changes it.
type scrape struct {
	at     time.Time
	status int
	header http.Header
	body   bytes.Buffer
}

func newScrapes(gather http.Handler) *scrapes {
	return &scrapes{gather: gather, fresh: rate.NewLimiter(scrapesPerSecond, scrapesPerSecond)}
}

// ServeHTTP implements http.Handler.
func (s *scrapes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := s.get(takesGzip(r.Header))
	maps.Copy(w.Header(), answer.header)
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes()) // the client is gone
}

func (s *scrapes) get(compressed bool) scrape {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := &s.kept[0]
	request := &http.Request{Method: http.MethodGet, Header: http.Header{"Accept": {"text/plain;version=0.0.4"}}}
	if compressed {
		kept = &s.kept[1]
		request.Header["Accept-Encoding"] = []string{"gzip"}
	}
	now := time.Now() //nolint:forbidigo // the age of an answer
	if now.Sub(kept.at) > maxScrapeAge || s.fresh.AllowN(now, 1) {
		answer := scrapeWriter{scrape{at: now, status: http.StatusOK, header: http.Header{}}}
		s.gather.ServeHTTP(&answer, request)
		*kept = answer.scrape
	}
	return *kept
}

// scrapeWriter keeps an answer.
type scrapeWriter struct{ scrape }

func (w *scrapeWriter) Header() http.Header { return w.header }

func (w *scrapeWriter) WriteHeader(status int) { w.status = status }

func (w *scrapeWriter) Write(p []byte) (int, error) { return w.body.Write(p) } //nolint:wrapcheck // never fails

// takesGzip reports whether a client accepts compressed answers.
func takesGzip(h http.Header) bool {
	for coding := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, weight, weighed := strings.Cut(coding, ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return !weighed || err == nil && q > 0
	}
	return false
}
