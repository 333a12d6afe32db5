package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// TestEveryMutantFitsTheSources finds each snippet where it must be, so that none
// is lost when the source changes.
func TestEveryMutantFitsTheSources(t *testing.T) {
	names := map[string]bool{}
	for _, m := range catalogue() {
		require.Regexp(t, `^[a-z]+(-[a-z]+)+$`, m.name)
		require.False(t, names[m.name], "%s is there twice", m.name)
		names[m.name] = true
		require.NotEmpty(t, m.why, m.name)
		_, err := m.mutate(root)
		assert.NoError(t, err)
	}
}

// TestTheTestsThatAreToNoticeExist finds each of the tests that a mutant names.
func TestTheTestsThatAreToNoticeExist(t *testing.T) {
	for _, m := range catalogue() {
		files, err := filepath.Glob(filepath.Join(root, m.in, "*_test.go"))
		require.NoError(t, err)
		declared := ""
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			declared += string(text)
		}
		for _, pattern := range strings.Split(m.tests, "|") {
			name, _, _ := strings.Cut(pattern, "/")
			assert.True(t, strings.Contains(declared, "\nfunc "+name), "%s names %s in %s", m.name, name, m.in)
		}
	}
}

// allFaults is the section of docs/reliability.md that is no promise.
const allFaults = "All faults at once"

// TestThePageOfFaultsHasTheSectionsOfThePromises holds docs/reliability.md against
// the catalogue: each promise of a mutant is a section, and each promise of the
// page has a mutant.
func TestThePageOfFaultsHasTheSectionsOfThePromises(t *testing.T) {
	// given
	text, err := os.ReadFile(filepath.Join(root, "docs", "reliability.md"))
	require.NoError(t, err)

	// when
	var sections []promise
	for _, title := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(string(text), -1) {
		sections = append(sections, promise(title[1]))
	}
	var broken []promise
	for _, m := range catalogue() {
		if !slices.Contains(broken, m.breaks) {
			broken = append(broken, m.breaks)
		}
	}

	// then
	require.Equal(t, append(broken, allFaults), sections)
}

// TestTheListHasEveryMutantBelowItsPromise reads what -list prints.
func TestTheListHasEveryMutantBelowItsPromise(t *testing.T) {
	// given
	mutants := []mutant{
		{name: "no-sync", why: "bytes are lost", breaks: durable},
		{name: "no-end", why: "the end is lost", breaks: durable},
		{name: "no-key", why: "two effects", breaks: oneEffect},
	}

	// when
	var printed strings.Builder
	list(&printed, mutants)

	// then
	require.Equal(t, "Acknowledged means durable:\n  no-sync: bytes are lost\n  no-end: the end is lost\n"+
		"Exactly one effect per key:\n  no-key: two effects\n", printed.String())
}
