package endtoend_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// documentedFile returns the file of settings that docs/configuration.md shows, for another data
// directory.
func documentedFile(t *testing.T, dataDir string) string {
	page, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)
	require.NotNil(t, shown)
	require.Contains(t, string(shown[1]), "ONHAND_DATA_DIR: /var/lib/onhand\n")
	return strings.Replace(string(shown[1]), "/var/lib/onhand", dataDir, 1)
}

func configFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "onhand.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestAProductionServiceStartsFromTheDocumentedFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := configFile(t, documentedFile(t, dir)+"PORT: 3999\nIDEMP_TTL_MS: 60000\nSEGMENT_MB: 32\nMAX_CONNECTIONS: 6000\n")
	environment := []string{
		"PORT=0", "ONHAND_HOST=127.0.0.1", "IDEMP_TTL_MS=120000", "ONHAND_SEGMENT_MB=", "ONHAND_LOG_LEVEL=debug",
	}
	service := process.Launch(t, dir, exec.Command(process.Binary(t), "serve", "--config", file), environment...)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":5}`))
	status := c.ok(c.get("/v1/status"))
	require.EqualValues(t, 120, status.json("idempotency", "ttlSeconds"), "the environment wins")
	require.EqualValues(t, 6000, status.json("limits", "connections"))
	require.Contains(t, service.Log(), `"ONHAND_APP_ENV":"production"`)
	require.Contains(t, service.Log(), `"ONHAND_SEGMENT_MB":"32"`, "an empty variable counts as not set")
	require.DirExists(t, filepath.Join(dir, "log"), "DATA_DIR is the file's")
	service.Stop(t)

	output, code := process.Run(t, environment, "config", "--config", file, "--sources")
	require.Zero(t, code, output)
	require.Contains(t, output, "ONHAND_IDEMP_TTL_MS=120000  # environment, as IDEMP_TTL_MS\n")
	require.Contains(t, output, "ONHAND_DATA_DIR="+dir+"  # "+file+":4\n")
	require.Contains(t, output, "ONHAND_SEGMENT_MB=32  # "+file+":9\n")
	require.Contains(t, output, "ONHAND_MAX_STREAMS=10000000  # default\n")

	printed, code := process.Run(t, environment, "config", "--config", file, "--yaml")
	require.Zero(t, code, printed)
	again, code := process.Run(t, nil, "config", "--config", configFile(t, printed), "--yaml")
	require.Zero(t, code, again)
	require.Equal(t, printed, again, "what is printed can be read")

	output, code = process.Run(t, nil, "verify", "--config", file)
	require.Zero(t, code, output)
	require.Contains(t, output, "commits       1\n")
}

func TestAProductionServiceRefusesUnsafeSettings(t *testing.T) {
	dir := t.TempDir()
	file := configFile(t, "APP_ENV: production\nWEBHOOK_ALLOW_HTTP: true\nSHUTDOWN_TIMEOUT_MS: 5000\nPUBLICURL: https://stock.example\nPORT: 010\n")
	for _, command := range []string{"serve", "config"} {
		run := exec.Command(process.Binary(t), command, "--config", file)
		run.Dir = dir
		run.Env = append(os.Environ(), "RATE_LIMIT_RPS=0", "HOST=0.0.0.0", "CORS_ALLOWED_ORIGINS=*")
		output, err := run.CombinedOutput()
		require.Error(t, err)
		require.Equal(t, 1, run.ProcessState.ExitCode())
		lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(output), file, "F")), "\n")
		require.Equal(t, "onhand: 8 settings are wrong:", lines[0])
		for i, begin := range []string{
			`F:4: "PUBLICURL" is no setting; is ONHAND_PUBLIC_URL meant?`, "ONHAND_PORT: must be a whole number of decimal digits", "ONHAND_PUBLIC_URL: is empty: ",
			`ONHAND_DATA_DIR: "data" is relative: `, "ONHAND_SHUTDOWN_TIMEOUT_MS: 5000 is less than ONHAND_REQUEST_TIMEOUT_MS, 10000: ",
			"ONHAND_RATE_LIMIT_RPS: is 0 while ONHAND_HOST is 0.0.0.0: ", "ONHAND_CORS_ALLOWED_ORIGINS: has *: ", "ONHAND_WEBHOOK_ALLOW_HTTP: is true: ",
		} {
			require.True(t, strings.HasPrefix(lines[i+1], "  "+begin), lines[i+1])
		}
		require.Len(t, lines, 9, "one message and nothing else")
		require.NoDirExists(t, filepath.Join(dir, "data"), "nothing was begun")
	}
}

func TestOutsideOfProductionTheSameIsOneWarning(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "WEBHOOK_ALLOW_HTTP=true", "SHUTDOWN_TIMEOUT_MS=5000")
	var warnings []string
	for line := range strings.Lines(service.Log()) {
		if strings.Contains(line, "not safe in production") {
			warnings = append(warnings, line)
		}
	}
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0], `"level":"warning"`)
	for _, name := range []string{
		"ONHAND_PUBLIC_URL: is empty", "ONHAND_SHUTDOWN_TIMEOUT_MS: 5000 is less than", "ONHAND_WEBHOOK_ALLOW_HTTP: is true",
	} {
		require.Contains(t, warnings[0], name)
	}
}

func TestADirectoryInMemoryIsNotForProduction(t *testing.T) {
	disk := smallDisk(t, 16)
	dir := filepath.Join(disk, "data")
	output, code := process.Run(t, nil, "serve", "--config",
		configFile(t, documentedFile(t, dir)+"MAX_CONNECTIONS: 6000\n"))
	require.Equal(t, 1, code)
	require.Contains(t, output, "onhand: 1 setting is wrong:\n  ONHAND_DATA_DIR: is on tmpfs: an acknowledged change would not be durable there; use a local disk (")
	require.NoDirExists(t, dir)
}
