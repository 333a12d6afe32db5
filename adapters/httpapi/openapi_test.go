package httpapi

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/feed"
)

// openAPI returns the OpenAPI document, with its examples validated by its schemas.
func openAPI(t *testing.T) *openapi3.T {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(openAPIDocument)
	require.NoError(t, err)
	require.NoError(t,
		document.Validate(context.Background(), openapi3.EnableExamplesValidation(), openapi3.EnableMultiError()))
	return document
}

// operationsOf returns the document's operations, as "METHOD /path/{parameter}".
func operationsOf(document *openapi3.T) map[string]*openapi3.Operation {
	all := map[string]*openapi3.Operation{}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			all[method+" "+path] = operation
		}
	}
	return all
}

func TestTheDocumentDescribesEveryRouteAndNoOther(t *testing.T) {
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{
		Metrics: http.NotFoundHandler(),
		Feed:    FeedOptions{Tail: feed.NewTail(nil, nil, feed.Options{})},
	})
	parameter := regexp.MustCompile(`:([a-z]+)`)
	var routes, heads []string
	for _, route := range s.Handler().(*gin.Engine).Routes() {
		path := parameter.ReplaceAllString(route.Path, "{$1}")
		if route.Method == http.MethodHead {
			heads = append(heads, "GET "+path)
			continue
		}
		routes = append(routes, route.Method+" "+path)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(operationsOf(openAPI(t)))), routes)
	require.Subset(t, routes, heads, "HEAD is GET without the body (RFC 9110) and not described again")
}

func TestEveryOperationIsDescribedInFull(t *testing.T) {
	document := openAPI(t)
	for _, tag := range document.Tags {
		require.NotEmpty(t, tag.Description, tag.Name)
	}
	ids, summaries := map[string]string{}, map[string]string{}
	for name, operation := range operationsOf(document) {
		require.NotEmpty(t, operation.OperationID, name)
		require.Empty(t, ids[operation.OperationID], "%s is also the id of %s", operation.OperationID, name)
		ids[operation.OperationID] = name
		require.NotEmpty(t, operation.Summary, name)
		require.LessOrEqual(t, len(operation.Summary), 80, name)
		require.Empty(t, summaries[operation.Summary], "%s has the summary of %s", name, summaries[operation.Summary])
		summaries[operation.Summary] = name
		require.Regexp(t, `(?s)^[A-Z].{40,}\.\s*$`, operation.Description, "%s has a description in sentences", name)
		require.Len(t, operation.Tags, 1, name)
		require.NotNil(t, document.Tags.Get(operation.Tags[0]), name)
		fault := operation.Responses.Default()
		require.NotNil(t, fault, "%s can fail like every other", name)
		require.Equal(t, "#/components/responses/Problem", fault.Ref, name)
		if body := operation.RequestBody; body != nil {
			requireShown(t, body.Value.Content, name)
		}
		succeeds := false
		for status, response := range operation.Responses.Map() {
			require.NotEmpty(t, *response.Value.Description, name+" "+status)
			if strings.HasPrefix(status, "2") {
				succeeds = true
				require.Equal(t, status == "204", len(response.Value.Content) == 0, name)
				requireShown(t, response.Value.Content, name+" "+status)
			}
		}
		require.True(t, succeeds, name)
	}
}

// vague are words that hide the subject of a sentence.
var vague = regexp.MustCompile(`(?i)\b(who(ever|se|m)?|(some|no|any|every)body|anew|what (is|was|has|it|they))\b`)

func TestTextsForClientsNameTheirSubjects(t *testing.T) {
	require.Empty(t, vague.FindAllString(string(openAPIDocument), -1))
	for _, row := range table {
		require.Empty(t, vague.FindAllString(row.title+" "+meanings[row.code], -1), row.code)
	}
}

// requireShown requires a schema, and for JSON an example.
func requireShown(t *testing.T, content openapi3.Content, where string) {
	t.Helper()
	for media, body := range content {
		require.NotNil(t, body.Schema, where)
		if media == "application/json" {
			require.True(t, body.Example != nil || len(body.Examples) > 0, "%s has no example", where)
		}
	}
}

func TestEveryNameInTheDocumentIsExplained(t *testing.T) {
	document := openAPI(t)
	for name, component := range document.Components.Schemas {
		require.NotEmpty(t, component.Value.Description, name)
		requireExplained(t, component, name)
	}
	for name, component := range document.Components.Headers {
		require.NotEmpty(t, component.Value.Description, name)
	}
	for path, item := range document.Paths.Map() {
		lists := []openapi3.Parameters{item.Parameters}
		for _, operation := range item.Operations() {
			lists = append(lists, operation.Parameters)
		}
		for _, parameter := range slices.Concat(lists...) {
			require.NotEmpty(t, parameter.Value.Description, "%s of %s", parameter.Value.Name, path)
		}
	}
	for name, operation := range operationsOf(document) {
		for _, response := range operation.Responses.Map() {
			for _, body := range response.Value.Content {
				requireExplained(t, body.Schema, name)
			}
			for header, h := range response.Value.Headers {
				require.NotEmpty(t, h.Value.Description, "%s of %s", header, name)
			}
		}
	}
}

// requireExplained requires a description of every property, at any depth. The description may
// be that of a component to which the property refers.
func requireExplained(t *testing.T, schema *openapi3.SchemaRef, where string) {
	t.Helper()
	if schema == nil {
		return
	}
	for name, property := range schema.Value.Properties {
		require.NotEmpty(t, property.Value.Description, "%s of %s", name, where)
		requireExplained(t, property, where+"/"+name)
	}
	for _, part := range schema.Value.AllOf {
		requireExplained(t, part, where)
	}
	requireExplained(t, schema.Value.Items, where)
	requireExplained(t, schema.Value.AdditionalProperties.Schema, where)
}

func TestTheDocumentHasNoComponentWithoutUse(t *testing.T) {
	text, err := json.Marshal(openAPI(t).Components)
	require.NoError(t, err)
	var kinds map[string]map[string]any
	require.NoError(t, json.Unmarshal(text, &kinds))
	require.NotEmpty(t, kinds)
	for kind, components := range kinds {
		for name := range components {
			reference := `"#/components/` + kind + "/" + name + `"`
			require.True(t, strings.Contains(string(openAPIDocument), reference), "nothing refers to %s", reference)
		}
	}
}

func TestEveryOperationExceptMonitoringDocumentsTheRateLimit(t *testing.T) {
	for name, operation := range operationsOf(openAPI(t)) {
		watched := slices.Contains([]string{"GET /livez", "GET /readyz", "GET /metrics"}, name)
		refusal := operation.Responses.Value("429")
		require.Equal(t, watched, refusal == nil, name)
		for status, response := range operation.Responses.Map() {
			told := response.Value.Headers["RateLimit"] != nil && response.Value.Headers["RateLimit-Policy"] != nil
			require.Equal(t, !watched || status == "default", told, name+" "+status)
		}
	}
}
