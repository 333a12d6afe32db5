package architecture_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pages are the texts of the project, by path.
func pages(t *testing.T) map[string]string {
	all := map[string]string{}
	for _, pattern := range []string{"/*.md", "/docs/*.md", "/docs/adr/*.md"} {
		paths, err := filepath.Glob(root + pattern)
		require.NoError(t, err)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			all[path] = string(text)
		}
	}
	require.Greater(t, len(all), 20)
	return all
}

// TestLinksInTheDocsLeadSomewhere follows the relative links of every page.
func TestLinksInTheDocsLeadSomewhere(t *testing.T) {
	for page, text := range pages(t) {
		for _, link := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(text, -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(page), link[1]))
			require.NoError(t, err, "%s links to %s", page, link[1])
		}
	}
}

// TestTestsThatTheDocsNameExist holds the promises that a test is said to prove
// against the tests that there are.
func TestTestsThatTheDocsNameExist(t *testing.T) {
	var there []string
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)`)
	for _, s := range sources(t) {
		for _, name := range declared.FindAllSubmatch(s.text, -1) {
			there = append(there, string(name[1]))
		}
	}
	slices.Sort(there)
	for page, text := range pages(t) {
		for _, name := range regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z]\\w+)`").FindAllStringSubmatch(text, -1) {
			_, found := slices.BinarySearch(there, name[1])
			require.True(t, found, "%s names %s", page, name[1])
		}
	}
}

// TestTheGlossaryNamesCodeThatExists compares the last column of the glossary, package and name,
// with the declarations of the code.
func TestTheGlossaryNamesCodeThatExists(t *testing.T) {
	code := map[string]string{}
	for _, s := range sources(t) {
		if !s.isTest() && !s.generated() {
			code[s.Name.Name] += string(s.text)
		}
	}
	row := regexp.MustCompile("(?m)^\\| .* \\| `(\\w+)\\.(\\w+)` \\|$")
	entries := row.FindAllStringSubmatch(pages(t)[root+"/docs/glossary.md"], -1)
	require.Greater(t, len(entries), 50)
	for _, e := range entries {
		declared := regexp.MustCompile(`(?m)^(type |func (\([^)]*\) )?|\t)` + e[2] + `\b`)
		require.True(t, declared.MatchString(code[e[1]]), "the glossary names %s.%s", e[1], e[2])
	}
}
