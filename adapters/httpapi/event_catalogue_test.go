package httpapi

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/domain/event"
)

var update = flag.Bool("update", false, "write the event catalogue of docs/api.md")

const (
	apiPage      = "../../docs/api.md"
	catalogFirst = "<!-- event catalogue -->\n"
	catalogLast  = "<!-- end of event catalogue -->\n"
)

// aggregates are the sections of the catalogue, in their order.
var aggregates = []struct{ prefix, title, common, after string }{
	{"stock", "Items", "ItemEventData", "Levels"},
	{"reservation", "Reservations", "ReservationEventData", "ReservationState"},
	{"transfer", "Transfers", "TransferEventData", "TransferState"},
	{"dead-letter", "Dead letters", "EventOrigin", ""},
	{"answer", "Answers", "EventOrigin", ""},
}

// catalogue renders the event types from the schemas of the document and the golden events.
func catalogue(t *testing.T) string {
	schemas, golden := openAPI(t).Components.Schemas, goldenEvents(t)
	all := variants(t, schemas["FeedEvent"].Value)
	var text strings.Builder
	for _, aggregate := range aggregates {
		fmt.Fprintf(&text, "\n### %s\n\n", aggregate.title)
		kinds := slices.Sorted(maps.Keys(golden))
		kinds = slices.DeleteFunc(kinds, func(k event.Type) bool {
			return !strings.HasPrefix(string(k), aggregate.prefix+".")
		})
		if aggregate.after != "" {
			fmt.Fprintf(&text, "Each event of v1 has the state after it in `after`: %s.\n\n",
				stateMembers(schemas[aggregate.after].Value))
			ofV1 := slices.DeleteFunc(slices.Clone(kinds), func(k event.Type) bool {
				return !strings.HasSuffix(string(k), ".v1")
			})
			fmt.Fprintf(&text, "```json\n%s\n```\n\n", partOf(t, golden[ofV1[len(ofV1)-1]], "after"))
		}
		for _, kind := range kinds {
			name := cloudevent.Type(kind)
			variant := all[name]
			require.NotNil(t, variant, "the document describes %s", name)
			fmt.Fprintf(&text, "#### `%s`\n\n%s\n\n", name, variant.Description)
			data := membersOf(variant)["data"].Value
			for _, line := range memberLines(t, data, membersOf(schemas[aggregate.common].Value)) {
				text.WriteString(line)
			}
			fmt.Fprintf(&text, "```json\n%s\n```\n\n", withoutState(t, golden[kind]))
		}
	}
	return text.String()
}

// stateMembers lists the names of an aggregate's state.
func stateMembers(schema *openapi3.Schema) string {
	var names []string
	for name, m := range membersOf(schema) {
		if !m.required {
			name += "?"
		}
		names = append(names, "`"+name+"`")
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// memberLines describes the members of an event's data that are not common to all events of its
// aggregate: the required ones first.
func memberLines(t *testing.T, schema *openapi3.Schema, common map[string]member) []string {
	members := membersOf(schema)
	var required, optional []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		_, shared := common[name]
		text := members[name].description(t)
		switch {
		case shared:
		case members[name].required:
			required = append(required, fmt.Sprintf("- `%s`: %s\n", name, text))
		default:
			optional = append(optional, fmt.Sprintf("- `%s?`: %s\n", name, text))
		}
	}
	lines := slices.Concat(required, optional)
	if len(lines) > 0 {
		lines = append(lines, "\n")
	}
	return lines
}

// partOf returns a member of an event's data as it stands there.
func partOf(t *testing.T, data []byte, name string) []byte {
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &members))
	return members[name]
}

// withoutState leaves out the state after an event, which is the same for all events.
func withoutState(t *testing.T, data []byte) string {
	if state := partOf(t, data, "after"); state != nil {
		return strings.Replace(string(data), string(state), "{…}", 1)
	}
	return string(data)
}

func TestThePageOfTheAPIHasEveryEventType(t *testing.T) {
	page, err := os.ReadFile(apiPage)
	require.NoError(t, err)
	before, rest, begun := strings.Cut(string(page), catalogFirst)
	written, after, ended := strings.Cut(rest, catalogLast)
	require.True(t, begun && ended, "the markers of the catalogue are there")
	want := catalogue(t)
	if *update {
		require.NoError(t, os.WriteFile(apiPage, []byte(before+catalogFirst+want+catalogLast+after), 0o644))
		return
	}
	require.Equal(t, want, written, "make generate writes the catalogue")
}

func TestThePageOfTheAPISaysWhetherToRepeatEachProblem(t *testing.T) {
	page, err := os.ReadFile(apiPage)
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "## Errors and retries\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	row := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([0-9]+) \\| (same key|new key|no) \\|")
	advice := map[string]string{}
	for _, row := range row.FindAllStringSubmatch(section, -1) {
		require.Empty(t, advice[row[1]], "%s has one row", row[1])
		advice[row[1]] = row[2] + " " + row[3]
	}
	for _, row := range table {
		require.Contains(t, advice, row.code)
		require.True(t, strings.HasPrefix(advice[row.code], fmt.Sprint(row.status, " ")), "the status of %s", row.code)
		if row.retryAfter > 0 {
			require.True(t, strings.HasSuffix(advice[row.code], "same key"), "Retry-After asks to repeat %s", row.code)
		}
	}
	require.Len(t, advice, len(meanings), "no row is left over")
}
