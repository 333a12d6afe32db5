package architecture_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/scanner"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

const (
	maxFilesOfAType = 3
	maxColumns      = 120
)

// Offences from before the limits, by the first part of the path: these numbers may
// only shrink.
var (
	scatteredTypes = map[string]int{}
	wideLines      = map[string]int{"adapters": 3, "application": 3, "bootstrap": 3, "domain": 1, "ports": 2, "test": 2}
)

// TestAFullFileAsksForANewType keeps the methods of a type together, so that a file that
// is full is not continued in another one. Aggregates of the domain have a file for each
// decision; what a type needs from another operating system does not count.
func TestAFullFileAsksForANewType(t *testing.T) {
	files := map[string]map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest() || s.generated() || strings.HasPrefix(s.path, "domain/") {
			continue
		}
		here, err := build.Default.MatchFile(filepath.Join(root, s.dir()), filepath.Base(s.path))
		require.NoError(t, err)
		for _, name := range receivers(s.File) {
			name = s.dir() + "." + name
			if files[name] == nil {
				files[name] = map[string]bool{}
			}
			if here {
				files[name][s.path] = true
			}
		}
	}
	scattered := map[string][]string{}
	for name, in := range files {
		if len(in) > maxFilesOfAType {
			scattered[area(name)] = append(scattered[area(name)], fmt.Sprintf("%s: %d", name, len(in)))
		}
	}
	for area, types := range scattered {
		require.LessOrEqual(t, len(types), scatteredTypes[area], "the methods of types stand in too many files:\n%s",
			strings.Join(types, "\n"))
	}
}

// area returns the first part of a path.
func area(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// receivers returns the types that a file has methods of.
func receivers(file *ast.File) (names []string) {
	for _, d := range file.Decls {
		method, ok := d.(*ast.FuncDecl)
		if !ok || method.Recv == nil {
			continue
		}
		of := method.Recv.List[0].Type
		if pointer, ok := of.(*ast.StarExpr); ok {
			of = pointer.X
		}
		switch generic := of.(type) {
		case *ast.IndexExpr:
			of = generic.X
		case *ast.IndexListExpr:
			of = generic.X
		}
		names = append(names, of.(*ast.Ident).Name)
	}
	return names
}

// TestLinesOfCodeAreNarrow lets tests have wide rows: the elements of their tables and
// other lines that end with a comma.
func TestLinesOfCodeAreNarrow(t *testing.T) {
	wide := map[string][]string{}
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		for _, line := range wideIn(s.text) {
			if s.isTest() && (strings.HasSuffix(line, ",") || strings.HasPrefix(strings.TrimSpace(line), `"`)) {
				continue
			}
			wide[area(s.path)] = append(wide[area(s.path)], s.path+": "+strings.TrimSpace(line))
		}
	}
	for area, lines := range wide {
		require.LessOrEqual(t, len(lines), wideLines[area], "lines of code have more than %d columns:\n%s", maxColumns,
			strings.Join(lines, "\n"))
	}
}

// wideIn returns the lines of code that are too wide. Comments, raw strings of several
// lines, struct tags, and lines that only one long string makes wide may be wider.
func wideIn(text []byte) (wide []string) {
	lines := strings.Split(string(text), "\n")
	code := make([]bool, len(lines)+1)
	strung := make([]int, len(lines)+1) // the longest string of the line
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			break
		}
		at := file.Line(pos) - 1
		if tok == token.STRING && strings.Contains(literal, "\n") {
			continue
		}
		code[at] = code[at] || tok != token.SEMICOLON
		if tok == token.STRING {
			strung[at] = max(strung[at], utf8.RuneCountInString(literal))
		}
	}
	const longString, besideIt = 40, 80
	for i, line := range lines {
		columns := utf8.RuneCountInString(line)
		aString := strung[i] >= longString && columns-strung[i] <= besideIt
		if code[i] && columns > maxColumns && !aString {
			wide = append(wide, line)
		}
	}
	return wide
}

func TestOnlyOneLongStringMayMakeALineWide(t *testing.T) {
	long := strings.Repeat("x", maxColumns)
	require.Len(t, wideIn([]byte("package a\n\nvar "+long+" = 1\n")), 1)
	require.Empty(t, wideIn([]byte("package a\n\nvar a = \""+long+"\" // b\n\n// "+long+"\nvar b = `\n"+long+"`\n")))
	require.Len(t, wideIn([]byte("package a\n\nfunc "+long[:90]+"() { panic(\""+long[:40]+"\") }\n")), 1)
}
