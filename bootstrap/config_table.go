package bootstrap

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// setting is one field of Config as its tags describe it.
type setting struct {
	field    string
	name     string
	standard string
	doc      string
	later    string
	index    int
}

// settings lists all settings in the order of Config.
func settings() []setting {
	t := reflect.TypeFor[Config]()
	list := make([]setting, t.NumField())
	for i := range list {
		f := t.Field(i)
		list[i] = setting{
			field:    f.Name,
			name:     f.Tag.Get("env"),
			standard: f.Tag.Get("envDefault"),
			doc:      f.Tag.Get("doc"),
			later:    f.Tag.Get("later"),
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
		return "truth value (true or false)"
	case reflect.Slice:
		return "list of " + kindName(t.Elem()) + "s, with commas between them"
	default:
		return t.String()
	}
}

// value is the setting's value as it could be given in the environment.
func (s setting) value(c Config) string {
	v := reflect.ValueOf(c).Field(s.index).Interface()
	switch list := v.(type) {
	case []string:
		return strings.Join(list, ",")
	case []int:
		return strings.ReplaceAll(strings.Trim(fmt.Sprint(list), "[]"), " ", ",")
	}
	return fmt.Sprint(v)
}

// Print writes the settings in force, one NAME=value a line.
func (c Config) Print(to io.Writer) error {
	for _, s := range settings() {
		if _, err := fmt.Fprintf(to, "%s=%s\n", s.name, s.value(c)); err != nil {
			return fmt.Errorf("print settings: %w", err)
		}
	}
	return nil
}

// PrintTable writes README's table of settings in Markdown.
func PrintTable(to io.Writer) error {
	rows := []string{"| setting | default | meaning |", "|---|---|---|"}
	for _, s := range settings() {
		doc := s.doc
		if s.later != "" {
			doc += " *(checked, no effect yet: comes with " + s.later + ")*"
		}
		standard := "`" + s.standard + "`"
		if s.standard == "" {
			standard = ""
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", s.name, standard, doc))
	}
	if _, err := fmt.Fprintln(to, strings.Join(rows, "\n")); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}
