// Package architecture_test holds the source against the rules of the house. It
// reads the files itself, since what the go command reports may be cached.
package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	module = "github.com/onhand/onhand/"

	maxLines = 250
)

// source is one Go file.
type source struct {
	path string // below the root, with slashes
	text []byte
	*ast.File
}

func (s source) dir() string     { return filepath.ToSlash(filepath.Dir(s.path)) }
func (s source) isTest() bool    { return strings.HasSuffix(s.path, "_test.go") }
func (s source) generated() bool { return ast.IsGenerated(s.File) }

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root &&
			(strings.HasPrefix(name, ".") || name == "testdata" || name == "bin" || name == "data") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(files, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, path)
		all = append(all, source{path: filepath.ToSlash(below), text: text, File: file})
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(all), 50, "the walk found the source")
	return all
}

// arrow says what the packages below from may import, beside the standard
// library (unless std limits that too).
type arrow struct {
	from  string
	to    []string
	notTo []string
	std   []string // if set, the only packages of the standard library
}

const ozzo = "github.com/go-ozzo/ozzo-validation/v4"

// arrows is looked through from the top; the first from that fits counts.
var arrows = []arrow{
	{
		from: "domain/", to: []string{
			module + "domain/", "golang.org/x/text/runes", "golang.org/x/text/secure/precis", "golang.org/x/text/unicode/norm",
		},
		std: []string{
			"cmp", "encoding/json", "errors", "fmt", "iter", "maps", "math", "slices", "sort", "strconv", "strings", "time",
			"unicode", "unicode/utf8",
		},
	},
	{from: "ports/mocks", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/mock"}},
	{from: "ports/eventstoretest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/checkpointstoretest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/deadletterstoretest", to: []string{module + "domain/", module + "ports", module + "ports/instances", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/leadertest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/leasestest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/publishertest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/queryindextest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/subscriptionstoretest", to: []string{module + "domain/", module + "ports", module + "ports/instances", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/snapshotstoretest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/breakertest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/bulkheadtest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/cachetest", to: []string{module + "domain/", module + "ports", "github.com/stretchr/testify/", "pgregory.net/rapid"}},
	{from: "ports/instances", to: []string{"github.com/stretchr/testify/"}},
	{from: "ports", to: []string{module + "domain/"}},
	{from: "application/", to: []string{module + "domain/", module + "ports", module + "application/", ozzo}},
	{from: "adapters/internal/", to: []string{module + "adapters/internal/", module + "application/inorder", module + "domain/", module + "ports", "*"}, notTo: []string{module, "go.uber.org/fx"}},
	{from: "adapters/httpapi", to: []string{module + "adapters/internal/cloudevent", module + "application/", module + "domain/", module + "ports", "*"}, notTo: []string{module, "go.uber.org/fx"}},
	{
		from: "adapters/jsonevents/",
		to: []string{
			module + "adapters/jsonevents/internal/", module + "adapters/internal/", module + "application/inorder",
			module + "domain/", module + "ports", "*",
		},
		notTo: []string{module, "go.uber.org/fx"},
	},
	{from: "adapters/", to: []string{module + "adapters/internal/", module + "application/inorder", module + "domain/", module + "ports", "*"}, notTo: []string{module, "go.uber.org/fx"}},
	{from: "bootstrap", to: []string{"*"}},
	{from: "cmd/", to: []string{module + "bootstrap", "github.com/spf13/cobra"}},
	{from: "test/", to: []string{"*"}},
}

func (a arrow) allows(path string) bool {
	isStd := !strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
	if isStd {
		return a.std == nil || slices.Contains(a.std, path)
	}
	fits := func(prefix string) bool {
		return path == strings.TrimSuffix(prefix, "/") || strings.HasSuffix(prefix, "/") && strings.HasPrefix(path, prefix)
	}
	if slices.ContainsFunc(a.to, fits) {
		return true
	}
	return slices.Contains(a.to, "*") && !slices.ContainsFunc(a.notTo, fits)
}

func TestArrowsPointInwards(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		i := slices.IndexFunc(arrows,
			func(a arrow) bool { return strings.HasPrefix(s.dir()+"/", strings.TrimSuffix(a.from, "/")+"/") })
		require.GreaterOrEqual(t, i, 0, "%s lies in no known place", s.path)
		for _, imported := range s.Imports {
			path := strings.Trim(imported.Path.Value, `"`)
			require.True(t, arrows[i].allows(path), "%s must not import %s", s.path, path)
		}
	}
}

func TestTopLevelIsFixed(t *testing.T) {
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	allowed := strings.Fields("domain application ports adapters bootstrap cmd test docs bin data go.mod go.sum Makefile" +
		" README.md LICENSE CONTRIBUTING.md CHANGELOG.md Dockerfile coverage.out coverage.html")
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			require.Contains(t, allowed, e.Name())
		}
	}
}

// codeLines counts the lines that hold something other than a comment.
func codeLines(text []byte) int {
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue
		}
		first := file.Line(pos)
		for n := range strings.Count(literal, "\n") + 1 {
			lines[first+n] = true
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if !s.generated() {
			require.LessOrEqual(t, codeLines(s.text), maxLines, "%s has too many lines of code", s.path)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if s.generated() || strings.HasSuffix(s.Name.Name, "_test") && !strings.HasPrefix(s.path, "test/") {
			continue
		}
		documented[s.dir()] = documented[s.dir()] || s.Doc != nil
	}
	for dir, ok := range documented {
		require.True(t, ok, "package %s has no comment", dir)
	}
}

func TestNamesSaySomething(t *testing.T) {
	empty := regexp.MustCompile(`^(utils?|common|helpers?|misc|models|base|types|shared)$`)
	for _, s := range sources(t) {
		for part := range strings.SplitSeq(strings.TrimSuffix(s.path, ".go"), "/") {
			require.False(t, empty.MatchString(part), "%s: %q says nothing", s.path, part)
		}
		require.False(t, empty.MatchString(s.Name.Name), "%s: package %q says nothing", s.path, s.Name.Name)
	}
}
