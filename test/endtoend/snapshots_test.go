package endtoend_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// always makes every clean stop take a snapshot.
const always = "SNAPSHOT_EVERY_N_EVENTS=1"

// saved are the files of one kind in the directory of snapshots, the newest
// last.
func saved(t *testing.T, dir, kind string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "snapshots", "*."+kind))
	require.NoError(t, err)
	return files
}

// newest is the newest file of a kind.
func newest(t *testing.T, dir, kind string) string {
	t.Helper()
	files := saved(t, dir, kind)
	require.NotEmpty(t, files, kind)
	return files[len(files)-1]
}

// shop is a service with some of everything in it, and what it showed.
type shop struct {
	dir   string
	all   []keyed  // commands under keys
	paths []string // what can be asked for
	shown map[string]string
}

// trade does some of everything, some of it already over.
func trade(t *testing.T, c client) *shop {
	s := &shop{}
	for n, item := range []string{itemA, itemB, "/v1/stores/S1/items/B", "/v1/stores/S2/items/A"} {
		s.all = append(s.all, c.keyed("POST", item+"/adjustments", fmt.Sprintf(`{"delta":%d,"reason":"delivery"}`, 100+n)))
		s.paths = append(s.paths, item, item+"/explain", item+"/events?limit=200", item+"?version=1")
	}
	c.ok(c.policy(itemA, `{"safetyStock":3,"oversellLimit":2,"lowStockThreshold":120}`))
	c.ok(c.move(itemB, `{"from":"sellable","to":"qualityControl","quantity":4}`))
	for n := range 12 {
		demand := `{"lines":[` + part("S1", "A", 1+n) + `,` + part("S2", "B", 2) + `],"ttlSeconds":900,"owner":"ann"}`
		id := fmt.Sprintf("%s/r-%02d", reservations, n)
		s.all = append(s.all, c.keyed("PUT", id, demand))
		switch n % 4 {
		case 1:
			s.all = append(s.all, c.keyed("POST", id+"/commit", `{"lines":[`+part("S1", "A", 1)+`]}`))
		case 2:
			s.all = append(s.all, c.keyed("POST", id+"/commit", ""), c.keyed("POST", id+"/return", ""))
		case 3:
			s.all = append(s.all, c.keyed("POST", id+"/release", ""))
		}
		s.paths = append(s.paths, id)
	}
	then := url.QueryEscape(fmt.Sprint(s.all[len(s.all)/2].first.json("updatedAt")))
	c.created(c.put(reservations+"/for-ever", `{"lines":[`+part("S1", "B", 5)+`]}`))
	for _, end := range []string{"", "/receive", "/cancel"} {
		sent := c.keyed("POST", transfers, strings.ReplaceAll(shipment(unit("A", 3), unit("B", 2)), "van 3", "van"+end))
		s.all = append(s.all, sent)
		path := c.created(sent.first)
		if s.paths = append(s.paths, path); end != "" {
			s.all = append(s.all, c.keyed("POST", path+end, ""))
		}
	}
	c.ok(c.post("/v1/batch", together(onItem("adjust", "C", `"delta":9`), onItem("count", "A", `"onHand":99`))))
	// It comes last: the sweeper's write must not fall between a rehearsal and its check.
	short := c.created(c.put(reservations+"/short", `{"lines":[`+part("S1", "B", 7)+`],"ttlSeconds":1}`))
	require.Eventually(t, func() bool { // the sweeper has written down that it expired
		return c.ok(c.get(short)).json("status") == "expired" &&
			c.ok(c.get("/v1/stores/S1/items/B")).json("reserved") == 5.0 &&
			strings.Contains(c.get("/v1/stores/S1/items/B/events?limit=1").Body, "stock.expired")
	}, time.Minute, 20*time.Millisecond)
	s.paths = append(s.paths, short, "/v1/stores", "/v1/stores/S1/items", "/v1/stores/S2/items",
		reservations+"?limit=200", reservations+"?status=held&limit=200", transfers+"?limit=200", transfers+"?status=in-transit",
		itemA+"?asOf="+then, itemB+"?asOf="+then, reservations+"/r-00?asOf="+then)
	s.shown = s.look(c)
	return s
}

// look asks for everything.
func (s *shop) look(c client) map[string]string {
	shown := map[string]string{}
	for _, path := range s.paths {
		a := c.get(path)
		shown[path] = fmt.Sprint(a.Status, a.Header.Get("ETag"), a.Body)
	}
	return shown
}

// same requires that a service shows what the first one did.
func (s *shop) same(c client) {
	c.t.Helper()
	for path, now := range s.look(c) {
		require.True(c.t, strings.HasPrefix(now, "200"), "%s: %s", path, now)
		require.Equal(c.t, s.shown[path], now, path)
	}
	c.repeated(s.all...)
}

// stoppedShop is a shop that was stopped, with one snapshot.
func stoppedShop(t *testing.T) *shop {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited, always, "SWEEP_INTERVAL_MS=20")
	s := trade(t, clientOf(t, service))
	s.dir = dir
	require.Empty(t, saved(t, dir, "*"), "the log has not grown enough")
	service.Stop(t)
	require.Len(t, saved(t, dir, "state"), 1)
	return s
}

func TestAStartFromSnapshotsShowsTheSame(t *testing.T) {
	s := stoppedShop(t)
	service := process.Start(t, s.dir, unlimited, always)
	c := clientOf(t, service)
	s.same(c)
	position := c.ok(c.get("/v1/status")).json("store", "position")
	require.Equal(t, position, c.get("/v1/status").json("snapshots", "position"))
	c.ok(c.adjust("/v1/stores/S1/items/C", `{"delta":1}`)) // the first change of it
	service.Stop(t)
	require.Len(t, saved(t, s.dir, "state"), 2, "the one before is kept")
	output, code := process.Run(t, nil, "verify", "--data-dir", s.dir)
	require.Zero(t, code, output)
	require.Contains(t, output, "snapshots     2\n")
	require.Contains(t, output, "indexes       1\n")
	s.paths = slices.DeleteFunc(s.paths, func(path string) bool { return path == "/v1/stores/S1/items" })

	require.NoError(t, os.RemoveAll(filepath.Join(s.dir, "snapshots")))
	require.NoError(t, os.RemoveAll(filepath.Join(s.dir, "index", "log")))
	service = process.Start(t, s.dir, unlimited, "SNAPSHOT_EVERY_N_EVENTS=0")
	c = clientOf(t, service)
	s.same(c)
	require.EqualValues(t, 0, c.get("/v1/status").json("snapshots", "position"))
	c.ok(c.adjust("/v1/stores/S1/items/C", `{"delta":1}`))
	verified(t, service)
	require.Empty(t, saved(t, s.dir, "*"), "0 takes none, also not at the end")
}

// flip changes a bit in the middle of a file.
func flip(t *testing.T, name string) {
	t.Helper()
	change(t, name, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
}

func TestDamagedSnapshotsAreReportedAndNotUsed(t *testing.T) {
	s := stoppedShop(t)
	service := process.Start(t, s.dir, unlimited, always)
	c := clientOf(t, service)
	c.ok(c.adjust("/v1/stores/S1/items/C", `{"delta":1}`))
	s.shown = s.look(c)
	service.Stop(t)
	name := newest(t, s.dir, "state")
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	for what, spoil := range map[string]func([]byte) []byte{
		"a bit":            func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"its hash":         func(b []byte) []byte { b[len(b)-10] ^= 1; return b },
		"its end":          func(b []byte) []byte { return b[:len(b)-200] },
		"all but its hash": func(b []byte) []byte { return b[len(b)-76:] },
		"everything":       func([]byte) []byte { return nil },
	} {
		change(t, name, spoil)
		output, code := process.Run(t, nil, "verify", "--data-dir", s.dir)
		require.Equal(t, 1, code, "%s: %s", what, output)
		require.Contains(t, output, name, what)
		require.NoError(t, os.WriteFile(name, whole, 0o600))
	}
	flip(t, name)
	service = process.Start(t, s.dir, unlimited, always)
	const message = "a snapshot cannot be used: the start uses an older one or reads the log"
	require.Equal(t, 1, strings.Count(service.Log(), message), "%s", service.Log())
	require.Contains(t, service.Log(), name)
	s.same(clientOf(t, service))
	service.Stop(t)

	all := saved(t, s.dir, "*") // the stop has put good ones in place of the bad ones
	for _, name := range all {
		flip(t, name)
	}
	service = process.Start(t, s.dir, unlimited, always)
	require.Equal(t, len(all),
		strings.Count(service.Log(), "cannot be used: the start uses an older one or reads the log"), "none is left: %s",
		service.Log())
	s.same(clientOf(t, service))
	for _, name := range saved(t, s.dir, "*") {
		require.NoError(t, os.Remove(name)) // the service needs none of them, not even while it runs
	}
	verified(t, service)
}

func TestADamagedIndexOfTheLogIsMadeAgain(t *testing.T) {
	s := stoppedShop(t)
	files, err := filepath.Glob(filepath.Join(s.dir, "index", "log", "1", "*"))
	require.NoError(t, err)
	for _, name := range files {
		if content, err := os.ReadFile(name); err == nil && len(content) > 0 {
			flip(t, name)
		}
	}
	service := process.Start(t, s.dir, unlimited, always)
	s.same(clientOf(t, service))
	verified(t, service)
}

func TestProfilesAreServedOnlyWhereAskedFor(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.refused(c.get("/debug/pprof/"), 404, "route-not-found")
	port := freePort(t)
	service = process.Start(t, t.TempDir(), unlimited, "HOST=127.0.0.1", "PPROF_PORT="+port)
	c = clientOf(t, service)
	c.refused(c.get("/debug/pprof/"), 404, "route-not-found")
	for path, says := range map[string]string{
		"": "goroutine", "goroutine?debug=1": "goroutine profile", "heap?debug=1": "heap profile", "profile?seconds=1": "", "trace?seconds=0.1": "",
	} {
		response, err := http.Get("http://127.0.0.1:" + port + "/debug/pprof/" + path)
		require.NoError(t, err)
		text := make([]byte, 1<<20)
		n, _ := response.Body.Read(text)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, path)
		require.NotZero(t, n, path)
		require.Contains(t, string(text[:n]), says, path)
	}
	service.Stop(t)
	output, code := process.Run(t, []string{"PPROF_PORT=" + port[:1] + "x"}, "config")
	require.Equal(t, 1, code)
	require.Contains(t, output, "PPROF_PORT")
}
