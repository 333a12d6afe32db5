package endtoend_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/needs"
	"github.com/onhand/onhand/test/process"
)

// variable is what differs from run to run in an answer.
var variable = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}`)

// TestTheSessionInTheReadmeWorksWordForWord runs each command of README's
// console blocks in a shell and compares what it prints with what README shows,
// except times and ids. curl gets the service's port in place of 3000.
func TestTheSessionInTheReadmeWorksWordForWord(t *testing.T) {
	needs.Program(t, "curl")
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	service := process.Start(t, t.TempDir(), "RATE_LIMIT_RPS=") // with the defaults
	home := t.TempDir()
	config := "connect-to = \"localhost:3000:" + strings.TrimPrefix(service.URL, "http://") + "\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(home, ".curlrc"), []byte(config), 0o600))

	commands := 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		for step := range strings.SplitSeq(strings.TrimPrefix(block[1], "$ "), "\n$ ") {
			command, shown := cut(step)
			commands++
			shell := exec.Command("sh", "-c", command)
			shell.Env = append(os.Environ(), "CURL_HOME="+home)
			printed, err := shell.CombinedOutput()
			require.NoError(t, err, "%s\n%s", command, printed)
			require.Equal(t, variable.ReplaceAllString(strings.TrimSpace(shown), "#"),
				variable.ReplaceAllString(strings.TrimSpace(string(printed)), "#"), command)
		}
	}
	require.Greater(t, commands, 4, "README shows a session")
}

// cut divides a step into its command, which may go over several lines, and
// what is shown of its answer.
func cut(step string) (command, shown string) {
	for rest := step; ; {
		line, after, _ := strings.Cut(rest, "\n")
		command += line + "\n"
		if !strings.HasSuffix(line, `\`) {
			return command, after
		}
		rest = after
	}
}
