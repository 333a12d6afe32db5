package endtoend_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// limited is a command that serves with so many file descriptors.
func limited(t *testing.T, descriptors int) *exec.Cmd {
	return exec.Command("sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" serve`, descriptors), process.Binary(t))
}

func TestConnectionsThatThereAreNoDescriptorsForWait(t *testing.T) {
	const descriptors, clients = 864, 500
	dir := t.TempDir()
	service := process.Launch(t, dir, limited(t, descriptors), "PORT=0", "DATA_DIR="+dir, unlimited, "IDLE_TIMEOUT_MS=200")
	require.Contains(t, service.Log(), "ONHAND_MAX_CONNECTIONS: 10000 connections need 10848 file descriptors; the process may open 864, enough for 16 connections: ")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	require.EqualValues(t, 16, c.get("/v1/status").json("limits", "connections"))
	service.Forget()

	var all sync.WaitGroup
	var most atomic.Int64
	for range clients {
		conn := dial(t, service) // all of them before the first is asked for anything
		require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
		all.Go(func() {
			// A client keeps its connection after the answer, until the service closes it.
			_, err := fmt.Fprintf(conn, "POST %s/adjustments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"delta\":1}", itemA)
			if err != nil {
				t.Error(err)
				return
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Error(err, response)
				return
			}
			_ = response.Body.Close()
			if open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", service.PID())); err == nil {
				for n := int64(len(open)); n > most.Load(); {
					most.Store(n)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1+clients, c.ok(c.get(itemA)).json("onHand"), "everybody was served, in turn")
	require.Less(t, most.Load(), int64(descriptors))
	service.Stop(t)
	log := service.Log()
	require.NotContains(t, log, "too many open files")
	require.NotContains(t, log, `"level":"error"`)
	require.Equal(t, clients, strings.Count(log, `"message":"request","method":"POST"`), "every request is in the log")
}

func TestTooFewDescriptorsRefuseTheStart(t *testing.T) {
	dir := t.TempDir() + "/data"
	file := configFile(t, documentedFile(t, dir)+"MAX_CONNECTIONS: 6000\n")
	for _, c := range []struct {
		descriptors int
		environment []string
		problem     string
	}{
		{864, []string{"ONHAND_FILE=" + file}, "ONHAND_MAX_CONNECTIONS: 6000 connections need 6848 file descriptors; the process may open 864, enough for 16 connections: " +
			"the service could not accept all (outside production it accepts fewer); raise the limit (ulimit -n, LimitNOFILE=), or lower the setting (" + file + ":7)"},
		{400, []string{"ONHAND_FILE=", "DATA_DIR=" + dir}, "ONHAND_MAX_CONNECTIONS: the process may open 400 file descriptors; it needs 848 besides those of its connections"},
	} {
		run := exec.Command("sh", "-c",
			fmt.Sprintf(`ulimit -n %d && exec "$0" serve ${ONHAND_FILE:+--config "$ONHAND_FILE"}`, c.descriptors),
			process.Binary(t))
		run.Env = append(os.Environ(), c.environment...)
		output, err := run.CombinedOutput()
		require.Error(t, err)
		require.Equal(t, 1, run.ProcessState.ExitCode())
		require.Contains(t, string(output), "onhand: 1 setting is wrong:\n  "+c.problem)
		require.NoDirExists(t, dir)
	}
}
