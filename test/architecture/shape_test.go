package architecture_test

import (
	"go/ast"
	"go/build"
	"go/scanner"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	maxFilesOfAType = 3
	maxColumns      = 120
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
	for name, in := range files {
		assert.LessOrEqual(t, len(in), maxFilesOfAType, "the methods of %s stand in too many files", name)
	}
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
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		for _, line := range wideIn(s.text) {
			if s.isTest() && (strings.HasSuffix(line, ",") || strings.HasPrefix(strings.TrimSpace(line), `"`)) {
				continue
			}
			assert.Fail(t, "the line is too wide", "%s has a line of code of more than %d columns: %s",
				s.path, maxColumns, strings.TrimSpace(line))
		}
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
