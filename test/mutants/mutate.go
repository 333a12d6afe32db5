package main

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// mutate gives the mutant's file as it is without the safety. The snippet must
// stand in it exactly once: a mutant needs a review after its file has changed, and
// never skipped.
func (m mutant) mutate(root string) ([]byte, error) {
	source, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		return nil, fmt.Errorf("%s: %s has its snippet %d times, not once", m.name, m.file, n)
	}
	if m.old == m.new {
		return nil, fmt.Errorf("%s: changes nothing", m.name)
	}
	mutated := []byte(strings.Replace(string(source), m.old, m.new, 1))
	if _, err := parser.ParseFile(token.NewFileSet(), m.file, mutated, parser.SkipObjectResolution); err != nil {
		return nil, fmt.Errorf("%s: the mutated file does not parse: %w", m.name, err)
	}
	return mutated, nil
}

// overlay writes the mutated file and what tells the compiler of it into a
// directory, and returns the name of the latter.
func (m mutant) overlay(root, dir string) (string, error) {
	mutated, err := m.mutate(root)
	if err != nil {
		return "", err
	}
	instead := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(instead, mutated, 0o600); err != nil {
		return "", err
	}
	original, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{original: instead}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}
