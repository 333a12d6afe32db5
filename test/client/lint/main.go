// Command lint checks an OpenAPI document against a set of rules, prints its findings, and fails if there are any.
//
// It is a module of its own, so that the service does not depend on the linter.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/speakeasy-api/openapi/linter"
	"github.com/speakeasy-api/openapi/openapi"
	rules "github.com/speakeasy-api/openapi/openapi/linter"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: lint document.yaml rules.yaml")
		os.Exit(2)
	}
	if err := lint(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func lint(path, ruleset string) error {
	ctx := context.Background()
	config, err := linter.LoadConfigFromFile(ruleset)
	if err != nil {
		return fmt.Errorf("read rules: %w", err)
	}
	rulebook, err := rules.NewLinter(config)
	if err != nil {
		return fmt.Errorf("set up rules: %w", err)
	}
	// The linter ignores rules that it does not know.
	for _, entry := range config.Rules {
		if _, known := rulebook.Registry().GetRule(entry.ID); !known {
			return fmt.Errorf("%s: there is no rule %s", ruleset, entry.ID)
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	defer func() { _ = file.Close() }()
	document, invalid, err := openapi.Unmarshal(ctx, file)
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	found, err := rulebook.Lint(ctx, linter.NewDocumentInfo(document, path), invalid, nil)
	if err != nil {
		return fmt.Errorf("lint document: %w", err)
	}
	if len(found.Results) == 0 {
		return nil
	}
	return errors.New(path + "\n" + found.FormatText())
}
