package load_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	heap    = "go_memstats_heap_alloc_bytes"
	rss     = "process_resident_memory_bytes"
	events  = "onhand_log_events"
	taken   = "onhand_snapshot_position"
	table   = "onhand_table_entries{table="
	streams = table + `"live streams"}`
)

// watch is what the service said of itself at regular times.
type watch struct {
	url, profiles string
	seen          []map[string]float64
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

func get(t *testing.T, url string) string {
	response, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", text)
	return string(text)
}

// sample lets garbage be collected, so that the rest is live, and notes the
// metrics.
func (w *watch) sample(t *testing.T) {
	get(t, w.profiles+"/debug/pprof/heap?gc=1")
	values := map[string]float64{}
	for line := range strings.Lines(get(t, w.url+"/metrics")) {
		end := strings.LastIndexByte(line, ' ')
		if end < 0 || line[0] == '#' {
			continue
		}
		if name := line[:end]; name == heap || name == rss || name == events || name == taken ||
			strings.HasPrefix(name, table) {
			value, err := strconv.ParseFloat(strings.TrimSpace(line[end:]), 64)
			require.NoError(t, err, line)
			values[name] = value
		}
	}
	require.NotZero(t, values[heap])
	w.seen = append(w.seen, values)
}

// median is the middle of what a metric was in a quarter of the run, from 0.
func (w *watch) median(name string, quarter int) float64 {
	part := w.seen[len(w.seen)*quarter/quarters : len(w.seen)*(quarter+1)/quarters]
	values := make([]float64, len(part))
	for i, sample := range part {
		values[i] = sample[name]
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// table shows the medians of each quarter.
func (w *watch) table() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%-62s%12s%12s%12s%12s\n", "median in quarter", "first", "second", "third", "last")
	for _, name := range slices.Sorted(maps.Keys(w.seen[0])) {
		fmt.Fprintf(&text, "%-62s", name)
		for quarter := range quarters {
			fmt.Fprintf(&text, "%12.0f", w.median(name, quarter))
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// check compares the last quarter with the second; the first is to warm up.
func (w *watch) check(t *testing.T) {
	const second, last = 1, quarters - 1
	before, after := w.median(heap, second), w.median(heap, last)
	allowed := before*(1+noiseShare) + noiseBytes + bytesPerStream*(w.median(streams, last)-w.median(streams, second))
	assert.LessOrEqual(t, after, allowed, "the live heap grows: %.0f bytes in the second quarter, %.0f in the last", before, after)
	for name := range w.seen[0] {
		if strings.HasPrefix(name, table) && name != streams {
			assert.LessOrEqual(t, w.median(name, last), 2*w.median(name, second)+100, "%s grows", name)
		}
	}
	assert.Positive(t, w.median(taken, last), "snapshots were taken on the way")
}
