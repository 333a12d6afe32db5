package overlay

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/onhand/onhand/test/process"
)

// The variables that tell a process where its orders are.
const (
	FaultsVariable = "TORTURE_FAULTS" // a file with an order, see Order
	ClockVariable  = "TORTURE_CLOCK"  // a file with the seconds by which the wall clock is off
)

//go:embed testdata/disk.go
var diskSource string

//go:embed testdata/clock.go
var clockSource string

// replacement is a snippet of a file and what stands there for the build.
type replacement struct{ was, is string }

// replacements are by file, below the root of the module.
var replacements = map[string][]replacement{
	"adapters/internal/durablefile/os.go": {
		{"err := datasync(f.File)", "err := torturedSync(f.Name(), func() error { return datasync(f.File) })"},
		{"return errors.Join(f.Sync(), f.Close())", "return errors.Join(torturedSync(dir, f.Sync), f.Close())"},
	},
	"adapters/machineclock/clock.go": {
		{"wall = now.Round(0)", "wall = now.Round(0).Add(torturedClock())"},
	},
}

// additions are files that exist for the build only.
var additions = map[string]string{
	"adapters/internal/durablefile/tortured.go": diskSource,
	"adapters/machineclock/tortured.go":         clockSource,
}

// Build builds the program and returns its path. The caller removes the directory that
// it is in.
func Build() (string, error) {
	dir, err := os.MkdirTemp("", "onhand-overlay-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	list, err := write(dir, root())
	if err != nil {
		return "", err
	}
	return process.Build("-overlay=" + list)
}

// root is that of the module.
func root() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..")
}

// write writes the files for the build to dir, and the list of them that the compiler
// takes.
func write(dir, root string) (list string, err error) {
	files := map[string]string{}
	put := func(path, content string) error {
		name := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		files[filepath.Join(root, filepath.FromSlash(path))] = name
		return os.WriteFile(name, []byte(content), 0o600)
	}
	for path, changes := range replacements {
		original, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			return "", err
		}
		text, err := replaced(string(original), changes)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		if err := put(path, text); err != nil {
			return "", err
		}
	}
	for path, content := range additions {
		if err := put(path, content); err != nil {
			return "", err
		}
	}
	content, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		return "", err
	}
	list = filepath.Join(dir, "overlay.json")
	return list, os.WriteFile(list, content, 0o600)
}

// replaced makes every replacement; each snippet must be there once.
func replaced(text string, changes []replacement) (string, error) {
	for _, c := range changes {
		if n := strings.Count(text, c.was); n != 1 {
			return "", fmt.Errorf("%q is there %d times, not once: the overlay must follow the source", c.was, n)
		}
		text = strings.Replace(text, c.was, c.is, 1)
	}
	return text, nil
}
