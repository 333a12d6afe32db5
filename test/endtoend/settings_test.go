package endtoend_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestAllWrongSettingsAreReportedAtOnce(t *testing.T) {
	for _, command := range []string{"serve", "config"} {
		dir := filepath.Join(t.TempDir(), "data")
		output, code := process.Run(t, []string{"PORT=abc", "BREAKER_THRESHOLD=0", "LOCK_REJECT_STATUS=200", "DATA_DIR=" + dir}, command)
		require.Equal(t, 1, code)
		require.Equal(t, "onhand: 3 settings are wrong:\n"+
			"  PORT: \"abc\" is not a whole number (environment)\n"+
			"  BREAKER_THRESHOLD: must be above 0 (environment)\n"+
			"  LOCK_REJECT_STATUS: must be 409, 423, 429 or 503 (environment)\n", output, "one message, and nothing else")
		require.NoDirExists(t, dir, "nothing was begun")
	}
}

func TestSettingsArePrinted(t *testing.T) {
	output, code := process.Run(t, []string{"PORT=4000"}, "config")
	require.Zero(t, code)
	require.Contains(t, output, "PORT=4000\n")
	require.Contains(t, output, "SNAPSHOT_EVERY_N_EVENTS=100\n")
	version, err := exec.Command(process.Binary(t), "version").Output()
	require.NoError(t, err)
	require.Contains(t, string(version), "onhand development go1.", "on standard output")
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
			output, code := process.Run(t, []string{"PORT=0", "DATA_DIR=" + service.DataDir, "LOCKS_ENABLED=" + second}, "serve")
			require.Equal(t, 1, code)
			require.Contains(t, output, "in use by another onhand process")
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
