package architecture_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxDecisionLines limits a page of docs/adr.
const maxDecisionLines = 40

var (
	decisionTitle = regexp.MustCompile(`^# (\d+)\. (.+)\n`)
	notInNames    = regexp.MustCompile(`[^a-z0-9]+`)
)

func TestDecisionsAreShortAndNamedByTheirTitlesAndIndexed(t *testing.T) {
	index, err := os.ReadFile(root + "/docs/adr/README.md")
	require.NoError(t, err)
	for path, text := range pages(t) {
		dir, name := filepath.Split(path)
		if filepath.Base(dir) != "adr" || name == "README.md" {
			continue
		}
		title := decisionTitle.FindStringSubmatch(text)
		require.NotNil(t, title, "%s begins with a number and a title", name)
		slug := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(title[2]), "-"), "-")
		require.Equal(t, strings.Repeat("0", 4-len(title[1]))+title[1]+"-"+slug+".md", name)
		require.LessOrEqual(t, strings.Count(text, "\n"), maxDecisionLines, name)
		require.Contains(t, string(index), "\n"+title[1]+". ["+title[2]+"]("+name+")", "the index has it")
	}
}
