package bootstrap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	// maxConfigBytes bounds a file of settings.
	maxConfigBytes = 1 << 20
	// maxStrangers bounds the reported lines of a file that are no settings: a file of
	// another kind has many.
	maxStrangers = 20
)

// configFile is the content of a file of settings: a flat mapping of their names.
type configFile struct {
	path   string
	broken bool                // its settings are not known
	given  map[string]string   // values that are not empty, spelled as in the environment
	places map[string]string   // file and line of each
	wrong  map[string][]string // problems of known settings
	others []string            // all other problems, in the order of the lines
}

// readConfigFile reads a file of settings. The result lists its problems.
func readConfigFile(path string) *configFile {
	f := &configFile{path: path, given: map[string]string{}, places: map[string]string{}, wrong: map[string][]string{}}
	content, err := readBounded(path)
	if err == nil {
		err = f.parse(content)
	}
	if err != nil {
		f.broken = true
		f.others = append(f.others, fmt.Sprintf("%s: %s", path, err))
	}
	return f
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	content, err := io.ReadAll(io.LimitReader(file, maxConfigBytes+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(content) > maxConfigBytes {
		return nil, fmt.Errorf("has more than %d bytes; is this a file of settings?", maxConfigBytes)
	}
	return content, nil
}

// reason returns an error of a file without the path, which the message already names.
func reason(err error) error {
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		return fmt.Errorf("cannot be read: %w", failed.Err)
	}
	return err
}

// parse reads the only document of a file. It visits the nodes one by one and never decodes
// the whole, so that aliases cannot expand.
func (f *configFile) parse(content []byte) error {
	if at := invalidAt(content); at >= 0 {
		return fmt.Errorf("line %d: is not UTF-8", 1+bytes.Count(content[:at], []byte("\n")))
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil // nothing but comments
	} else if err != nil {
		return notYAML(err)
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" && root.Value == "" {
		return nil
	}
	if root.Kind != yaml.MappingNode || root.Anchor != "" {
		return fmt.Errorf("line %d: is not a mapping of settings to values, such as ONHAND_PORT: 3000", root.Line)
	}
	if err := decoder.Decode(&second); err == nil {
		return fmt.Errorf("line %d: a second document begins here; one file is one document", second.Line)
	} else if !errors.Is(err, io.EOF) {
		return notYAML(err)
	}
	for i := 0; i < len(root.Content); i += 2 {
		f.take(root.Content[i], root.Content[i+1])
	}
	return nil
}

func notYAML(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.Contains(text, "alphabetic or numeric character") {
		text += " (a value that begins with * or & must be in quotes)"
	}
	return errors.New("is not YAML: " + text)
}

// invalidAt returns the first byte of content that is not UTF-8, or -1.
func invalidAt(content []byte) int {
	for at := 0; at < len(content); {
		r, size := utf8.DecodeRune(content[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// take reads one entry of the mapping.
func (f *configFile) take(key, value *yaml.Node) {
	place := fmt.Sprintf("%s:%d", f.path, key.Line)
	s, known := settingOf(key)
	if !known {
		if len(f.others) <= maxStrangers {
			f.others = append(f.others, place+": "+stranger(key))
		}
		if len(f.others) == maxStrangers+1 {
			f.others[maxStrangers] = f.path + ": and further lines that are no settings"
		}
		return
	}
	if before, twice := f.places[s.name]; twice {
		f.wrong[s.name] = append(f.wrong[s.name], fmt.Sprintf("%s: is given twice (%s and %s)", s.name, before, place))
		return
	}
	f.places[s.name] = place
	text, err := s.fromYAML(value)
	if err != nil {
		f.wrong[s.name] = append(f.wrong[s.name], fmt.Sprintf("%s: %s (%s:%d)", s.name, err, f.path, value.Line))
		return
	}
	if text = s.normal(text); text != "" {
		f.given[s.name] = text
	}
}

// settingOf returns the setting that a key of the mapping names.
func settingOf(key *yaml.Node) (setting, bool) {
	if key.Kind != yaml.ScalarNode || key.Anchor != "" {
		return setting{}, false
	}
	for _, s := range settings() {
		if s.name == key.Value || s.short == key.Value {
			return s, true
		}
	}
	return setting{}, false
}

// stranger describes a key that is no setting, and suggests the nearest setting.
func stranger(key *yaml.Node) string {
	switch {
	case key.Kind != yaml.ScalarNode:
		return "the name of a setting is missing"
	case key.Tag == "!!merge":
		return "<< is not supported: write out every setting"
	case key.Anchor != "":
		return "a name with an anchor (&) is no setting"
	}
	name := key.Value[:min(len(key.Value), 64)]
	if meant := nearest(name, 3); meant != "" {
		return fmt.Sprintf("%q is no setting; is %s meant?", name, meant)
	}
	return fmt.Sprintf("%q is no setting", name)
}
