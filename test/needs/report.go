package needs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Report returns the line that tells which tests did not run and what each lacked,
// from what the skips noted; "" if there were none.
func Report(notes string) string {
	tests := map[string][]string{}
	for line := range strings.Lines(notes) {
		need, test, _ := strings.Cut(strings.TrimSpace(line), "\t")
		tests[need] = append(tests[need], test)
	}
	var lacking []string
	for _, need := range slices.Sorted(maps.Keys(tests)) {
		slices.Sort(tests[need])
		lacking = append(lacking, fmt.Sprintf("%s (%s)", need, strings.Join(slices.Compact(tests[need]), ", ")))
	}
	if len(lacking) == 0 {
		return ""
	}
	return "not run here: " + strings.Join(lacking, ", ")
}
