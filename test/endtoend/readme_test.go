package endtoend_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/needs"
	"github.com/onhand/onhand/test/process"
)

// tour is the session in README's console blocks: commands, and their output where … stands for
// any text of a line.
type tour struct {
	commands, shown []string
}

func readTour(t *testing.T) (all tour) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		for step := range strings.SplitSeq(strings.TrimPrefix(block[1], "$ "), "\n$ ") {
			command, shown := cut(step)
			all.commands, all.shown = append(all.commands, command), append(all.shown, strings.TrimSpace(shown))
		}
	}
	return all
}

// TestTheTourInTheReadmeWorksAgainAndAgain runs README's session twice in a shell, on one data
// directory, and compares the output with the output that README shows. curl is led to the
// service's port in place of 3000.
func TestTheTourInTheReadmeWorksAgainAndAgain(t *testing.T) {
	needs.Program(t, "curl")
	all := readTour(t)
	require.Greater(t, len(all.commands), 6)
	service := process.Start(t, t.TempDir(), "RATE_LIMIT_RPS=") // with the defaults
	home := t.TempDir()
	config := "connect-to = \"localhost:3000:" + strings.TrimPrefix(service.URL, "http://") + "\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(home, ".curlrc"), []byte(config), 0o600))

	const end = "-- end of a command --\n"
	script := "set -e\n" + strings.Join(all.commands, "printf -- '"+strings.TrimSpace(end)+"\\n'\n")
	for range 2 {
		// The tour makes its keys of the time in seconds, as two tours of a reader would differ.
		began := time.Now().Unix()
		shell := exec.Command("sh", "-c", script)
		shell.Env = append(os.Environ(), "CURL_HOME="+home)
		printed, err := shell.CombinedOutput()
		require.NoError(t, err, "%s", printed)
		outputs := strings.Split(string(printed), end)
		require.Len(t, outputs, len(all.commands), "%s", printed)
		for i, shown := range all.shown {
			pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(shown), "…", ".*") + "$"
			require.Regexp(t, pattern, strings.TrimSpace(outputs[i]), all.commands[i])
		}
		for time.Now().Unix() == began {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// cut divides a step into its command, which may have several lines, and its output.
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

func TestTheReadmeIsShort(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	require.LessOrEqual(t, len(strings.Fields(string(readme))), 900, "words")
	require.LessOrEqual(t, strings.Count(string(readme), "\n"), 200, "lines")
}

// TestTheFiguresInTheReadmeAreThoseOfTheBenchmarks looks for README's rates in the tables of
// docs/benchmarks.md.
func TestTheFiguresInTheReadmeAreThoseOfTheBenchmarks(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	measured, err := os.ReadFile("../../docs/benchmarks.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| speed: .*$`).FindAllString(string(readme), -1)
	require.Len(t, rows, 2)
	for _, row := range rows {
		cells := strings.Split(row, "|")
		for _, figure := range regexp.MustCompile(`\d+,\d{3}`).FindAllString(strings.Join(cells[2:4], " "), -1) {
			require.Contains(t, string(measured), "| "+figure+" (", row)
		}
	}
}
