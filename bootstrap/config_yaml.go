package bootstrap

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Values that versions of YAML read differently are refused: 010 (eight or ten), 0x10, 1_000,
// 1e3, yes and no, dates. Numbers are decimal digits.
var (
	wholeNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	decimalNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	oldBool       = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)
)

var (
	errNested   = errors.New("must be one value, not a list or mapping")
	errNoValue  = errors.New(`has no value: give one, or leave the setting out ("" does the same)`)
	errQuoted   = errors.New("is text: write the value without quotes")
	errAlias    = errors.New("anchors, aliases (& *) and tags (!) are not supported: write the value out")
	errWhole    = errors.New("must be a whole number of decimal digits, without leading zeros, signs, underscores or exponents")
	errWholes   = errors.New("must be a list of whole numbers such as [5, 300], without leading zeros, signs, underscores or exponents")
	errDecimal  = errors.New("must be a number of decimal digits such as 0.5, without leading zeros, signs, underscores or exponents")
	errBool     = errors.New("must be true or false")
	errNotText  = errors.New("is not text in YAML: put it in quotes")
	errNoComma  = errors.New("an entry of a list must have no comma and must not be empty")
	errNoEntry  = errors.New("must not be an empty list: leave the setting out to use its default")
	errMultiple = errors.New("must be on one line")
)

// fromYAML returns the value of a node as the environment would have it.
func (s setting) fromYAML(n *yaml.Node) (string, error) {
	if n.Kind != yaml.SequenceNode || s.kind.Kind() != reflect.Slice {
		return scalar(n, s.kind)
	}
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return "", errAlias
	}
	if len(n.Content) == 0 && s.standard != "" {
		return "", errNoEntry
	}
	var entries []string
	for i, entry := range n.Content {
		text, err := scalar(entry, s.kind.Elem())
		if err == nil && (strings.Contains(text, ",") || strings.TrimSpace(text) == "") {
			err = errNoComma
		}
		if err != nil {
			return "", fmt.Errorf("entry %d: %w", i+1, err)
		}
		entries = append(entries, text)
	}
	return strings.Join(entries, ","), nil
}

// scalar returns the text of a single value.
func scalar(n *yaml.Node, kind reflect.Type) (string, error) {
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	block := n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
		return "", errAlias
	case n.Kind != yaml.ScalarNode:
		return "", errNested
	case n.Tag == "!!null":
		return "", errNoValue
	case block || strings.ContainsAny(n.Value, "\n\r\x00"):
		return "", errMultiple
	case quoted && strings.TrimSpace(n.Value) == "":
		return "", nil
	}
	var err error
	switch kind.Kind() {
	case reflect.Int:
		err = plain(n, quoted, wholeNumber, errWhole)
	case reflect.Float64:
		err = plain(n, quoted, decimalNumber, errDecimal)
	case reflect.Bool:
		if quoted || n.Value != "true" && n.Value != "false" {
			err = errBool
		}
	case reflect.String:
		if !quoted && (n.Tag != "!!str" || oldBool.MatchString(n.Value)) {
			err = errNotText
		}
	case reflect.Slice: // entries with commas between them, as in the environment
		for entry := range strings.SplitSeq(n.Value, ",") {
			if kind.Elem().Kind() == reflect.Int && !wholeNumber.MatchString(strings.TrimSpace(entry)) {
				err = errWholes
			}
		}
	}
	return n.Value, err
}

func plain(n *yaml.Node, quoted bool, form *regexp.Regexp, otherwise error) error {
	if quoted {
		return errQuoted
	}
	if !form.MatchString(n.Value) {
		return otherwise
	}
	return nil
}

// toYAML returns the node that fromYAML reads.
func (s setting) toYAML(text string) *yaml.Node {
	if s.kind.Kind() != reflect.Slice {
		return node(text, s.kind)
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	if text != "" {
		for entry := range strings.SplitSeq(text, ",") {
			list.Content = append(list.Content, node(entry, s.kind.Elem()))
		}
	}
	return list
}

func node(text string, kind reflect.Type) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text}
	if kind.Kind() == reflect.String {
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
	}
	return n
}

// PrintYAML writes the settings as a file that Load reads.
func (c Config) PrintYAML(to io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, s := range settings() {
		name := &yaml.Node{Kind: yaml.ScalarNode, Value: s.name, HeadComment: "# " + s.doc}
		root.Content = append(root.Content, name, s.toYAML(s.value(c)))
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		return fmt.Errorf("print settings as YAML: %w", err)
	}
	if _, err := to.Write(text); err != nil {
		return fmt.Errorf("print settings as YAML: %w", err)
	}
	return nil
}

// PrintExample writes a file of all settings with their defaults, as comments.
func PrintExample(to io.Writer) error {
	var text strings.Builder
	text.WriteString(`# Settings for "onhand serve --config FILE", with their defaults. To change a setting, remove
# the # before its name and write another value. The environment wins over the file. Check a
# file with "onhand config --config FILE". This example is written by "make generate".
`)
	for _, s := range settings() {
		line, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Value: s.name},
			s.toYAML(s.standard),
		}})
		if err != nil {
			return fmt.Errorf("print example: %w", err)
		}
		fmt.Fprintf(&text, "\n# %s\n#%s", s.doc, line)
	}
	if _, err := io.WriteString(to, text.String()); err != nil {
		return fmt.Errorf("print example: %w", err)
	}
	return nil
}

// normal returns a value without space around it or the entries of a list.
func (s setting) normal(text string) string {
	if text = strings.TrimSpace(text); s.kind.Kind() != reflect.Slice {
		return text
	}
	entries := strings.Split(text, ",")
	for i, entry := range entries {
		entries[i] = strings.TrimSpace(entry)
	}
	return strings.Join(entries, ",")
}
