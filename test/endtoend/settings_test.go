package endtoend_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestAllWrongSettingsAreReportedAtOnce(t *testing.T) {
	for _, command := range []string{"serve", "config"} {
		dir := filepath.Join(t.TempDir(), "data")
		output, code := process.Run(t,
			[]string{"PORT=abc", "ONHAND_BREAKER_THRESHOLD=0", "ONHAND_LOCK_REJECT_STATUS=200", "DATA_DIR=" + dir}, command)
		require.Equal(t, 1, code)
		require.Equal(t, "onhand: 3 settings are wrong:\n"+
			"  ONHAND_PORT: \"abc\" is not a whole number (environment, as PORT)\n"+
			"  ONHAND_BREAKER_THRESHOLD: must be above 0 (environment)\n"+
			"  ONHAND_LOCK_REJECT_STATUS: must be 409, 423, 429 or 503 (environment)\n", output, "one message, and nothing else")
		require.NoDirExists(t, dir, "nothing was begun")
	}
}

func TestSettingsArePrinted(t *testing.T) {
	output, code := process.Run(t, []string{"PORT=4000"}, "config")
	require.Zero(t, code)
	require.Contains(t, output, "ONHAND_PORT=4000\n")
	require.Contains(t, output, "ONHAND_SNAPSHOT_EVERY_N_EVENTS=100\n")
	version, err := exec.Command(process.Binary(t), "version").Output()
	require.NoError(t, err)
	require.Contains(t, string(version), "onhand development go1.", "on standard output")
	flag, err := exec.Command(process.Binary(t), "--version").Output()
	require.NoError(t, err)
	require.Equal(t, string(version), string(flag))
	output, code = process.Run(t, nil, "serve", "--help")
	require.Zero(t, code)
	require.Contains(t, output, "ONHAND_DATA_DIR (default data)")
	require.Contains(t, output, "docs/configuration.md")
	output, code = process.Run(t, nil, "unheard-of")
	require.Equal(t, 1, code)
	require.Contains(t, output, "unknown command")
	output, code = process.Run(t, nil, "verify", "--data-dir", t.TempDir())
	require.Equal(t, 1, code, "there is nothing to verify: %s", output)
}

func TestAFileWithoutANameIsNotTakenForNone(t *testing.T) {
	for _, command := range []string{"serve", "config", "verify"} {
		output, code := process.Run(t, nil, command, "--config", "")
		require.Equal(t, 1, code, command)
		require.Contains(t, output, "--config", command)
		require.Contains(t, output, "the name of a file is missing", command)
	}
}

func TestSharingAndExclusiveProcessesExcludeEachOther(t *testing.T) {
	for _, first := range []string{"true", "false"} {
		service := process.Start(t, t.TempDir(), unlimited, "LOCKS_ENABLED="+first)
		for _, second := range []string{"true", "false"} {
			if first == "true" && second == "true" {
				continue
			}
			output, code := process.Run(t, []string{
				"PORT=0", "DATA_DIR=" + service.DataDir, "LOCKS_ENABLED=" + second, "START_TIMEOUT_MS=0",
			}, "serve")
			require.Equal(t, 1, code)
			require.Contains(t, output, "in use by another onhand process (process ")
			require.Contains(t, output, "or start every process of the directory with ONHAND_LOCKS_ENABLED=true")
		}
	}
}

func TestAPortThatIsTakenIsToldClearly(t *testing.T) {
	first := process.Start(t, t.TempDir(), unlimited)
	port := first.URL[len("http://127.0.0.1:"):]
	output, code := process.Run(t, []string{"PORT=" + port, "DATA_DIR=" + t.TempDir()}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, output, "address already in use")
}

func TestTheStartLogsOneShortLineAndTheIgnoredVariables(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "DATADIR=/elsewhere", "ONHAND_LOG_LEVEL=info")
	first, _, _ := strings.Cut(service.Log(), "\n")
	require.Contains(t, first, `"message":"starting","version":`)
	require.Less(t, len(first), 200)
	require.NotContains(t, service.Log(), "ONHAND_SEGMENT_MB", "settings are for the level debug")
	require.Contains(t, service.Log(), "DATADIR is no setting; is ONHAND_DATA_DIR meant?")
	output, code := process.Run(t, []string{"DATADIR=/elsewhere"}, "config")
	require.Zero(t, code)
	require.Contains(t, output, "ignored environment variable: DATADIR is no setting; is ONHAND_DATA_DIR meant?\n")
}
