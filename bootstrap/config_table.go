package bootstrap

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// setting is one field of Config with its tags.
type setting struct {
	field    string
	name     string // with the prefix
	short    string // without it
	group    string // the table that it belongs to
	standard string
	doc      string
	kind     reflect.Type
	index    int
}

// settings lists all settings in the order of Config.
func settings() []setting {
	t := reflect.TypeFor[Config]()
	list := make([]setting, t.NumField())
	group := ""
	for i := range list {
		f := t.Field(i)
		group = cmp.Or(f.Tag.Get("group"), group)
		list[i] = setting{
			field:    f.Name,
			name:     settingPrefix + f.Tag.Get("env"),
			short:    f.Tag.Get("env"),
			group:    group,
			standard: f.Tag.Get("envDefault"),
			doc:      f.Tag.Get("doc"),
			kind:     f.Type,
			index:    i,
		}
	}
	return list
}

func settingName(field string) string {
	for _, s := range settings() {
		if s.field == field {
			return s.name
		}
	}
	return field
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean (true, t or 1; false, f or 0)"
	case reflect.Slice:
		return "list of " + kindName(t.Elem()) + "s, with commas between them"
	default:
		return t.String()
	}
}

// value returns the setting's value as the environment would have it.
func (s setting) value(c Config) string {
	v := reflect.ValueOf(c).Field(s.index).Interface()
	switch v := v.(type) {
	case []string:
		return strings.Join(v, ",")
	case []int:
		return strings.ReplaceAll(strings.Trim(fmt.Sprint(v), "[]"), " ", ",")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64) // a file may not have the exponents of fmt
	}
	return fmt.Sprint(v)
}

// Print writes all settings, one NAME=value a line.
func (s Settings) Print(to io.Writer) error { return s.print(to, func(string) string { return "" }) }

// PrintSources writes the same with the source of each value.
func (s Settings) PrintSources(to io.Writer) error {
	return s.print(to, func(name string) string { return "  # " + s.source(name) })
}

func (s Settings) print(to io.Writer, remark func(name string) string) error {
	for _, one := range settings() {
		if _, err := fmt.Fprintf(to, "%s=%s%s\n", one.name, one.value(s.Config), remark(one.name)); err != nil {
			return fmt.Errorf("print settings: %w", err)
		}
	}
	return nil
}

// PrintTable writes the settings in Markdown, a table for each group.
func PrintTable(to io.Writer) error {
	var rows []string
	group := ""
	for _, s := range settings() {
		if s.group != group {
			group = s.group
			rows = append(rows, "", "### "+group, "", "| setting | default | meaning |", "|---|---|---|")
		}
		standard := "`" + s.standard + "`"
		if s.standard == "" {
			standard = ""
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", s.name, standard, s.doc))
	}
	return printRows(to, append(rows[1:], ""))
}

// mostUsed are the settings that the help of "onhand serve" explains.
var mostUsed = []string{
	"ONHAND_PORT", "ONHAND_HOST", "ONHAND_DATA_DIR", "ONHAND_APP_ENV", "ONHAND_PUBLIC_URL", "ONHAND_LOG_LEVEL",
	"ONHAND_IDEMP_TTL_MS", "ONHAND_RATE_LIMIT_RPS", "ONHAND_TRUSTED_PROXIES", "ONHAND_LOCKS_ENABLED",
}

// SettingsHelp explains the most used settings, and says where the others are.
func SettingsHelp() string {
	all := map[string]setting{}
	for _, s := range settings() {
		all[s.name] = s
	}
	var text strings.Builder
	text.WriteString("Most used settings, as environment variables or in the file of --config:\n")
	for _, name := range mostUsed {
		s := all[name]
		text.WriteString("\n  " + name)
		if s.standard != "" {
			text.WriteString(" (default " + s.standard + ")")
		}
		text.WriteString("\n      " + s.doc + "\n")
	}
	text.WriteString(`
"onhand config --example" prints every setting with its default, "onhand config" the
values that this environment gives them. docs/configuration.md explains them all.`)
	return text.String()
}

func printRows(to io.Writer, rows []string) error {
	if _, err := fmt.Fprintln(to, strings.Join(rows, "\n")); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}
