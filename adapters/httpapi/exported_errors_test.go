package httpapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exportedErrors lists "package.Name" of the sentinels and error types below some directories.
func exportedErrors(t *testing.T, roots ...string) []string {
	var found []string
	for _, root := range roots {
		require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), root+"/"+path, nil, 0)
			if err != nil {
				return err
			}
			for _, name := range declaredNames(file) {
				if ast.IsExported(name) && (strings.HasPrefix(name, "Err") || strings.HasSuffix(name, "Error")) {
					found = append(found, file.Name.Name+"."+name)
				}
			}
			return nil
		}))
	}
	return found
}

// declaredNames returns the names of the types, variables and constants of a file.
func declaredNames(file *ast.File) (names []string) {
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}
