package torture

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
	"github.com/onhand/onhand/test/torture/overlay"
)

const (
	tolerated = time.Second // by which a deadline may move
	day       = 24 * time.Hour
	year      = 365 * day
)

// site is a machine with a data directory whose wall clock a test sets.
type site struct {
	*testing.T
	dir, clock string
	least      time.Duration // to most:
	most       time.Duration // by how much log time may be ahead of the true clock
}

func newSite(t *testing.T) *site {
	t.Parallel()
	return &site{T: t, dir: t.TempDir(), clock: filepath.Join(t.TempDir(), "clock"), least: -tolerated, most: tolerated}
}

// set sets by how much the wall clock is ahead of the true clock.
func (s *site) set(off time.Duration) { require.NoError(s, overlay.SetClock(s.clock, off)) }

func (s *site) environment() []string {
	return []string{
		"PORT=0", "DATA_DIR=" + s.dir, overlay.ClockVariable + "=" + s.clock, "SHUTDOWN_DELAY_MS=0", "RATE_LIMIT_RPS=0",
		"LOCKS_ENABLED=true",
	}
}

// starts starts a process, which becomes the newest of the directory.
func (s *site) starts(flags ...string) *member {
	s.Helper()
	command := exec.Command(binary, append([]string{"serve"}, flags...)...)
	return &member{site: s, Service: process.Launch(s.T, s.dir, command, s.environment()...)}
}

// refused starts a process that must not start because of the clock.
func (s *site) refused(reasons ...string) {
	s.Helper()
	before := s.kept()
	service := process.Begin(s.T, s.dir, exec.Command(binary, "serve"), s.environment()...)
	require.Error(s, service.Await())
	require.Equal(s, 1, service.ExitCode())
	for _, reason := range append(reasons, "set the clock right, or accept it with --accept-clock") {
		require.Contains(s, service.Log(), reason)
	}
	require.Equal(s, before, s.kept(), "a refused start keeps nothing of its clock")
}

// reboot starts the machine again: nothing that was kept is of this start.
func (s *site) reboot() { require.NoError(s, os.RemoveAll(filepath.Join(s.dir, "CLOCK"))) }

func (s *site) kept() string {
	content, err := os.ReadFile(filepath.Join(s.dir, "CLOCK"))
	if !os.IsNotExist(err) {
		require.NoError(s, err)
	}
	return string(content)
}

// member is one of the processes.
type member struct {
	*site
	*process.Service
}

func (m *member) stop() {
	m.Helper()
	m.Stop(m.T)
}

// do makes a request and returns the members of its answer. The member createdAt or updatedAt of
// a change is log time: it must be at the true time of the request.
func (m *member) do(method, path, body string) map[string]any {
	m.Helper()
	request, err := http.NewRequest(method, m.URL+path, strings.NewReader(body))
	require.NoError(m.site, err)
	request.Header.Set("Content-Type", "application/json")
	begin := time.Now()
	response, err := http.DefaultClient.Do(request)
	require.NoError(m.site, err)
	content, err := io.ReadAll(response.Body)
	end := time.Now()
	require.NoError(m.site, err)
	require.NoError(m.site, response.Body.Close())
	var answer map[string]any
	require.NoError(m.site, json.Unmarshal(content, &answer), "%s", content)
	if response.StatusCode < 300 && method != http.MethodGet {
		at := m.time(answer, "updatedAt")
		require.GreaterOrEqual(m.site, at.Sub(begin), m.least, "log time is late: %s", content)
		require.LessOrEqual(m.site, at.Sub(end), m.most, "log time is early: %s", content)
	}
	return answer
}

func (m *member) time(answer map[string]any, name string) time.Time {
	m.Helper()
	text, _ := answer[name].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(m.site, err, "%v", answer)
	return at
}

const goods = "/v1/stores/S1/items/A"

func (m *member) adjust() map[string]any {
	m.Helper()
	return m.do(http.MethodPost, goods+"/adjustments", `{"delta":1}`)
}

func (m *member) reserve(id string, seconds int) {
	m.Helper()
	r := m.do(http.MethodPut, "/v1/reservations/"+id,
		fmt.Sprintf(`{"lines":[{"store":"S1","sku":"A","quantity":1}],"ttlSeconds":%d}`, seconds))
	require.Equal(m.site, time.Duration(seconds)*time.Second, m.time(r, "expiresAt").Sub(m.time(r, "createdAt")))
}

func (m *member) status(id string) string {
	m.Helper()
	status, _ := m.do(http.MethodGet, "/v1/reservations/"+id, "")["status"].(string)
	return status
}

// ends waits for a reservation to end.
func (m *member) ends(id string) {
	m.Helper()
	require.Eventually(m.site, func() bool { return m.status(id) == "expired" }, patience, 10*time.Millisecond)
}

func TestAStepOfTheWallClockMovesNoDeadline(t *testing.T) {
	for _, step := range []time.Duration{-50 * time.Second, 50 * time.Second, -600 * time.Second, 600 * time.Second} {
		t.Run(step.String(), func(t *testing.T) {
			s := newSite(t)
			first := s.starts()
			first.adjust()
			first.adjust()
			first.reserve("long", 3605) // also on a slow machine
			first.reserve("short", 2)
			s.set(step)
			first.adjust()
			second := s.starts()
			second.adjust()
			first.ends("short")
			require.Equal(t, "expired", second.status("short"))
			first.stop()
			second.adjust()
			second.Kill()
			third := s.starts()
			require.Equal(t, "held", third.status("long"))
			third.reserve("again", 1)
			third.ends("again")
			third.adjust()
			third.stop()
		})
	}
}

func TestAClockAYearOffIsRefusedAtTheStart(t *testing.T) {
	for _, step := range []time.Duration{-year, year} {
		t.Run(step.String(), func(t *testing.T) {
			s := newSite(t)
			first := s.starts()
			first.adjust()
			first.reserve("held", 3605)
			s.set(step)
			first.adjust()
			s.refused("log time, which is") // a second process
			first.stop()
			s.refused("log time, which is")
			s.set(0)
			next := s.starts()
			require.Equal(t, "held", next.status("held"))
			next.adjust()
			next.stop()
		})
	}
}

func TestAClockThatIsNotRightIsRefusedAfterAnotherStartOfTheMachine(t *testing.T) {
	s := newSite(t)
	first := s.starts()
	first.adjust()
	first.stop()
	for _, off := range []time.Duration{-2 * time.Hour, 31 * day, year} {
		s.reboot()
		s.set(off)
		s.refused("the last time in the log, ")
	}
	s.set(2 * day) // a weekend
	s.least, s.most = 2*day-tolerated, 2*day+tolerated
	next := s.starts()
	next.adjust()
	next.stop()
}

func TestALogThatHasLeaptCanBeUsed(t *testing.T) {
	s := newSite(t)
	first := s.starts()
	first.adjust()
	first.stop()
	s.set(year)
	s.least, s.most = year-tolerated, year+tolerated
	wrong := s.starts("--accept-clock")
	wrong.adjust()
	wrong.stop()
	s.set(0)
	s.refused("earlier than log time")
	accepted := s.starts("--accept-clock")
	s.least -= patience // log time continues from the last time used
	accepted.reserve("short", 1)
	accepted.ends("short")
	now := "?asOf=" + time.Now().UTC().Format(time.RFC3339Nano)
	require.EqualValues(t, 2, accepted.do(http.MethodGet, goods+now, "")["onHand"], "the past as the wall clock has it")
	accepted.stop()
	again := s.starts()
	again.adjust()
	again.stop()
}
