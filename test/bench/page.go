package main

import (
	_ "embed"
	"os"
	"strings"
	"text/template"
)

// page is docs/benchmarks.md: the measurements, and the text of the template
// around it.
type page struct {
	Date    string
	Facts   string
	Summary string
	Tables  string
}

//go:embed benchmarks.md.tmpl
var pageTemplate string

func (p *page) add(results []result) {
	p.Summary = summary(results)
	tables := make([]string, len(results))
	for i, r := range results {
		tables[i] = r.markdown()
	}
	p.Tables = strings.Join(tables, "\n")
}

// measured is the part that a run prints.
func (p *page) measured() string {
	return p.Facts + "\n## Targets\n\n" + p.Summary + "\n## Figures\n\n" + p.Tables
}

func (p *page) text() (string, error) {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, p)
	return b.String(), err
}

func (p *page) write(file string) error {
	text, err := p.text()
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}
