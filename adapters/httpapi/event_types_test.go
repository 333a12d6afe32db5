package httpapi

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// goldenEvents returns the data of every event type as the log has it, from the files that the
// domain packages never change.
func goldenEvents(t *testing.T) map[event.Type][]byte {
	t.Helper()
	files, err := filepath.Glob("../../domain/*/testdata/*.v[0-9]*.json")
	require.NoError(t, err)
	all := map[event.Type][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		all[event.Type(strings.TrimSuffix(filepath.Base(file), ".json"))] = []byte(strings.TrimSpace(string(data)))
	}
	require.NotEmpty(t, all)
	return all
}

// streamOf returns a stream that can have an event of a type.
func streamOf(t *testing.T, kind event.Type) event.StreamID {
	t.Helper()
	aggregate, _, _ := strings.Cut(string(kind), ".")
	stream, known := map[string]event.StreamID{
		"stock":       stock.Key{Store: "S1", SKU: "A"}.Stream(),
		"reservation": reservation.Stream("order-1001"),
		"transfer":    transfer.Stream("truck-7"),
		"dead-letter": deadletter.Stream("central-view-7-1"),
		"answer":      answer.Stream("5e0c"),
	}[aggregate]
	require.True(t, known, "the aggregate of %s", kind)
	return stream
}

// variants returns the schemas of a union of events by their types in the API.
func variants(t *testing.T, union *openapi3.Schema) map[string]*openapi3.Schema {
	t.Helper()
	require.Equal(t, "type", union.Discriminator.PropertyName)
	byReference := map[string]*openapi3.Schema{}
	for _, one := range union.OneOf {
		byReference[one.Ref] = one.Value
	}
	all := map[string]*openapi3.Schema{}
	for kind, one := range union.Discriminator.Mapping {
		require.Contains(t, byReference, one.Ref, kind)
		all[kind] = byReference[one.Ref]
	}
	require.Len(t, byReference, len(all), "one schema for each type")
	return all
}

// member describes a member of an event's data.
type member struct {
	*openapi3.SchemaRef
	required bool
}

// description returns the text of a member: its own, or that of the schema to which it refers.
func (m member) description(t *testing.T) string {
	t.Helper()
	text, err := m.MarshalJSON()
	require.NoError(t, err)
	var own struct{ Description string }
	require.NoError(t, json.Unmarshal(text, &own))
	return cmp.Or(own.Description, m.Value.Description)
}

// membersOf returns the members of an object, those of the schemas in allOf included.
func membersOf(schema *openapi3.Schema) map[string]member {
	all := map[string]member{}
	for _, part := range schema.AllOf {
		maps.Copy(all, membersOf(part.Value))
	}
	for name, property := range schema.Properties {
		all[name] = member{property, slices.Contains(schema.Required, name)}
	}
	return all
}

func TestTheDocumentDescribesTheDataOfEveryEventType(t *testing.T) {
	schemas, golden := openAPI(t).Components.Schemas, goldenEvents(t)
	feed, items := schemas["FeedEvent"].Value, schemas["ItemEvent"].Value
	all, ofItems := variants(t, feed), variants(t, items)
	require.Len(t, all, len(golden))
	for kind, data := range golden {
		t.Run(string(kind), func(t *testing.T) {
			variant := all[cloudevent.Type(kind)]
			require.NotNil(t, variant, "the union FeedEvent has the type")
			stream := streamOf(t, kind)
			_, ofItem := stock.KeyOf(stream)
			require.Equal(t, ofItem, ofItems[cloudevent.Type(kind)] != nil, "the union ItemEvent has the types of items")
			encoded := cloudevent.Append(nil, "urn:onhand", &ports.StreamEvent{
				Position: 7, Index: 1, Actor: "anna", RequestID: "r-1",
				Event: ports.Event{Stream: stream, Version: 12, Type: kind, Time: time.Unix(0, 0), Data: data},
			})
			var value map[string]any
			require.NoError(t, json.Unmarshal(encoded, &value))
			require.NoError(t, feed.VisitJSON(value))
			require.NoError(t, variant.VisitJSON(value))
			if ofItem {
				require.NoError(t, items.VisitJSON(value))
			}
			requireSameMembers(t, membersOf(variant)["data"].Value, value["data"].(map[string]any))
		})
	}
}

// requireSameMembers requires that data has the members of a schema and no other.
func requireSameMembers(t *testing.T, schema *openapi3.Schema, data map[string]any) {
	t.Helper()
	described := membersOf(schema)
	delete(described, "transferId") // an event has it or reservationId
	delete(data, "transferId")
	require.ElementsMatch(t, slices.Collect(maps.Keys(described)), slices.Collect(maps.Keys(data)))
}
