package endtoend_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/needs"
	"github.com/onhand/onhand/test/process"
)

// busy makes some of everything that is counted.
func busy(c client) {
	c.ok(c.adjust(itemA, `{"delta":10}`, "Idempotency-Key: k"))
	c.ok(c.adjust(itemA, `{"delta":10}`, "Idempotency-Key: k"))
	c.ok(c.count(itemA, `{"onHand":7}`))
	c.ok(c.move(itemA, `{"from":"sellable","to":"damaged","quantity":2}`))
	c.refused(c.adjust(itemA, `{"delta":-10}`), 409, "insufficient-stock")
	c.ok(c.do("POST", itemA+"/adjustments?dryRun=true", `{"delta":1}`))
	c.refused(c.get("/nowhere"), 404, "route-not-found")
}

func TestMetrics(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	busy(c)
	text := c.ok(c.get("/metrics")).Body
	for _, line := range []string{
		`onhand_http_requests_total{method="POST",route="/v1/stores/:store/items/:sku/adjustments",status="200"} 3`,
		`onhand_http_requests_total{method="GET",route="none",status="404"} 1`,
		`onhand_problems_total{code="insufficient-stock"} 1`,
		`onhand_idempotent_replays_total 1`,
		`onhand_dry_runs_total 1`,
		`onhand_events_total{type="stock.adjusted.v1"} 1`,
		`onhand_adjusted_units_total{direction="in"} 10`,
		`onhand_adjusted_units_total{direction="out"} 3`,
		`onhand_moved_units_total{from="sellable",to="damaged"} 2`,
		`onhand_log_position 3`,
		`onhand_group_commit_commits_count 3`,
		`onhand_items 1`,
		`onhand_table_entries{table="idempotency keys"} 1`,
		`onhand_table_entries{table="live streams"} 1`, `onhand_table_entries_limit{table="live streams"} 1e+07`,
		`onhand_table_entries_limit{table="open reservations and transfers"} 1e+06`,
		`onhand_table_entries{table="webhooks"} 0`, `onhand_table_entries_limit{table="webhooks"} 100`,
		`onhand_table_entries{table="dead letters"} 0`, `onhand_table_entries_limit{table="dead letters"} 10000`,
		`onhand_storage_read_only 0`,
		`onhand_http_requests_in_flight 1`,
		`onhand_projection_state{projection="central-view",state="running"} 1`,
		`onhand_dead_letters{projection="central-view"} 0`,
	} {
		require.Contains(t, text, line+"\n")
	}
	require.Contains(t, text, "\nonhand_clock_lead_seconds ", "a fraction of a microsecond")
	require.NotContains(t, text, `"A"`, "no label has a value from a request")
	problems, err := promlint.New(strings.NewReader(text)).Lint() // as promtool check metrics does
	require.NoError(t, err)
	require.Empty(t, problems)
	a := c.ok(c.get("/v1/status"))
	require.EqualValues(t, 1, a.json("limits", "tables", "live streams", "entries"))
	require.EqualValues(t, 3, a.json("ledger", "position"))
}

// freePort returns a port of the loopback interface that is not in use.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

func TestARealPrometheusScrapes(t *testing.T) {
	needs.Program(t, "prometheus")
	service := process.Start(t, t.TempDir(), unlimited)
	busy(clientOf(t, service))
	dir := t.TempDir()
	config := fmt.Sprintf("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: onhand\n  static_configs: [{targets: [%q]}]\n",
		strings.TrimPrefix(service.URL, "http://"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600))
	address := "127.0.0.1:" + freePort(t)
	prometheus := exec.Command("prometheus", "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address="+address)
	require.NoError(t, prometheus.Start())
	t.Cleanup(func() {
		_ = prometheus.Process.Kill()
		_ = prometheus.Wait()
	})
	require.Eventually(t, func() bool {
		return queried(address, `onhand_log_position{job="onhand"}`) == "3" && queried(address, `up{job="onhand"}`) == "1"
	}, time.Minute, 100*time.Millisecond)
}

// queried is the first value that Prometheus answers a query with, "" for none.
func queried(address, query string) string {
	response, err := http.Get("http://" + address + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Data struct{ Result []struct{ Value []any } }
	}
	if json.NewDecoder(response.Body).Decode(&answer) != nil || len(answer.Data.Result) == 0 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

func TestLogsByTheElasticCommonSchema(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "LOG_FORMAT=ecs")
	busy(clientOf(t, service))
	service.Stop(t)
	requests := 0
	for line := range strings.Lines(service.Log()) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		for _, name := range []string{"@timestamp", "log.level", "message", "ecs.version", "service.name"} {
			require.Contains(t, entry, name)
		}
		if entry["message"] == "request" {
			requests++
			require.NotEmpty(t, entry["http.request.method"])
			require.NotEmpty(t, entry["url.path"])
			require.NotZero(t, entry["event.duration"])
		}
	}
	require.Equal(t, 7, requests)
}
