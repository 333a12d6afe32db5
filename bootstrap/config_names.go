package bootstrap

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// from returns the setting's value in the environment, and the variable that has it. The full
// name wins over the short one.
func (s setting) from(environment map[string]string) (text, variable string) {
	for _, variable := range []string{s.name, s.short} {
		value := s.normal(environment[variable])
		if value != "" && !isServiceLink(variable, value) {
			return value, variable
		}
	}
	return "", ""
}

// Kubernetes describes a Service called onhand, or onhand-x, to every container of its
// namespace by variables such as ONHAND_PORT=tcp://10.0.0.1:3000. They are no settings.
var (
	serviceVariable = regexp.MustCompile(`^ONHAND_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$`)
	serviceAddress  = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

// isServiceLink reports whether a variable has the form of those that Kubernetes sets.
func isServiceLink(variable, value string) bool {
	return serviceVariable.MatchString(variable) ||
		strings.HasSuffix(variable, "PORT") && serviceAddress.MatchString(value)
}

// ignored returns the variables that look like settings and are none. With the prefix every
// name does. Without it the name must be almost that of a setting, since most variables are
// for other programs.
func ignored(environment map[string]string) (list []string) {
	known := map[string]bool{}
	for _, s := range settings() {
		known[s.name], known[s.short] = true, true
	}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		if known[name] || isServiceLink(name, environment[name]) {
			continue
		}
		prefixed := strings.HasPrefix(name, settingPrefix)
		tolerance := len(name) / 8 // DATA_DIR may differ in one letter, PORT in none
		if prefixed {
			tolerance = 3
		}
		if meant := nearest(name, tolerance); meant != "" {
			list = append(list, name+" is no setting; is "+meant+" meant?")
		} else if prefixed {
			list = append(list, name+" is no setting")
		}
	}
	return list
}

// nearest returns the setting with the name that is nearest to the given one, if at most
// that many letters and at most half of them differ. Case, hyphens, underscores and the prefix do not count.
func nearest(name string, tolerance int) string {
	name = letters(strings.TrimPrefix(strings.ToUpper(name), settingPrefix))
	best, fewest := "", 1+min(tolerance, len(name)/2)
	for _, s := range settings() {
		if n := changes(name, letters(s.short)); n < fewest {
			best, fewest = s.name, n
		}
	}
	return best
}

// letters returns a name without what separates its words.
func letters(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(name)
}

// changes returns the Levenshtein distance of two names.
func changes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
