package bootstrap

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Settings are the values of all settings, with their sources and warnings.
type Settings struct {
	Config
	// Unsafe are the settings that would be refused in production, or that need
	// attention in production too, each entry beginning with the setting's name.
	Unsafe []string
	// Ignored are environment variables that look like settings and are none, each entry
	// beginning with the variable's name.
	Ignored []string
	// AcceptClock makes the wall clock right at this start, whatever it shows. It is no setting, so
	// that it does not stay.
	AcceptClock bool
	sources     map[string]string // by setting, where it is not the default
	limits      hostLimits
}

func (s Settings) source(name string) string {
	if source := s.sources[name]; source != "" {
		return source
	}
	return "default"
}

// ConfigError lists every problem of the settings: first those of the file, then setting by
// setting, each entry beginning with the setting's name.
type ConfigError struct {
	Problems []string
}

func (e *ConfigError) Error() string {
	number := "1 setting is"
	if len(e.Problems) != 1 {
		number = fmt.Sprintf("%d settings are", len(e.Problems))
	}
	return fmt.Sprintf("%s wrong:\n  %s", number, strings.Join(e.Problems, "\n  "))
}

// Load reads the settings from a file, if one is named, and from the process's
// environment, which wins, and compares them with the limits of the machine. In the
// environment the full name of a setting wins over the short one, and an empty variable
// counts as not set. One *ConfigError lists every problem.
func Load(file string) (Settings, error) {
	environment := env.ToMap(os.Environ())
	return load(file, environment, hostLimitsOf(environment))
}

// DataDir returns DATA_DIR from the environment, or else from the file. The file must be
// valid, but need not be safe in production, nor fit this machine.
func DataDir(file string) (string, error) {
	all := env.ToMap(os.Environ())
	environment := map[string]string{
		"ONHAND_DATA_DIR": all["ONHAND_DATA_DIR"], "DATA_DIR": all["DATA_DIR"], "ONHAND_APP_ENV": "development",
	}
	s, err := load(file, environment, hostLimits{})
	return s.DataDir, err
}

func load(path string, environment map[string]string, limits hostLimits) (Settings, error) {
	file := &configFile{}
	if path != "" {
		file = readConfigFile(path)
	}
	r := &reading{
		Settings: Settings{sources: map[string]string{}, limits: limits},
		wrong:    file.wrong, given: map[string]string{},
	}
	if r.wrong == nil {
		r.wrong = map[string][]string{}
	}
	for _, s := range settings() {
		if text, ok := file.given[s.name]; ok {
			r.given[s.name], r.sources[s.name] = text, file.places[s.name]
		}
		if text, variable := s.from(environment); text != "" {
			r.given[s.name], r.sources[s.name] = text, "environment"
			if variable != s.name {
				r.sources[s.name] = "environment, as " + variable
			}
		}
	}
	if err := r.parse(); err != nil {
		return Settings{}, err
	}
	r.check(file.broken)
	failure := &ConfigError{Problems: file.others}
	for _, s := range settings() {
		failure.Problems = append(failure.Problems, r.wrong[s.name]...)
	}
	if len(failure.Problems) > 0 {
		return Settings{}, failure
	}
	r.Ignored = ignored(environment)
	return r.Settings, nil
}

// reading is settings that are being read.
type reading struct {
	Settings
	given map[string]string
	wrong map[string][]string
}

func (r *reading) refuse(name, problem string) {
	r.wrong[name] = append(r.wrong[name], r.problem(name, problem))
}

// problem adds the source of the value.
func (r *reading) problem(name, problem string) string {
	return fmt.Sprintf("%s: %s (%s)", name, problem, r.source(name))
}

// parsers let whole numbers have 64 bits; by default they have 32.
var parsers = map[reflect.Type]env.ParserFunc{
	reflect.TypeFor[int](): func(text string) (any, error) { return strconv.Atoi(text) },
}

func (r *reading) parse() error {
	err := env.ParseWithOptions(&r.Config, env.Options{Environment: r.given, Prefix: settingPrefix, FuncMap: parsers})
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok && err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	for _, one := range all.Errors {
		parse, ok := errors.AsType[env.ParseError](one)
		if !ok {
			return fmt.Errorf("read settings: %w", one)
		}
		name := settingName(parse.Name)
		r.refuse(name, fmt.Sprintf("%q is not a %s", r.given[name], kindName(parse.Type)))
	}
	return nil
}

// check compares the values with their bounds, and the valid ones with each other and with the
// machine. If the file could not be read, only the settings of the environment are known, and
// only those are checked.
func (r *reading) check(fileBroken bool) {
	for name, problem := range r.problems() {
		if len(r.wrong[name]) == 0 && (!fileBroken || r.sources[name] != "") {
			r.refuse(name, problem)
		}
	}
	if fileBroken {
		return
	}
	invalid := slices.Collect(maps.Keys(r.wrong))
	for _, rule := range rules {
		if slices.ContainsFunc(rule.about, func(name string) bool { return slices.Contains(invalid, name) }) {
			continue
		}
		found := rule.found(r.Config, r.limits)
		if found == "" {
			continue
		}
		found = fmt.Sprintf("%s: %s; %s", found, rule.because, rule.instead)
		if rule.refused(r.Config) {
			r.refuse(rule.about[0], found)
		} else {
			r.Unsafe = append(r.Unsafe, r.problem(rule.about[0], found))
		}
	}
}
