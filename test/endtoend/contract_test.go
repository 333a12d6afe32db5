package endtoend_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
)

var contract = sync.OnceValues(func() (routers.Router, error) {
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.FileBodyDecoder)
	text, err := os.ReadFile("../../adapters/httpapi/openapi.yaml")
	if err != nil {
		return nil, err
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := document.Validate(context.Background()); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(document)
})

// holds compares an exchange with the OpenAPI document: every answer must be one
// that the document describes, and a request that was carried out must be one
// that it allows, unless it is a batch with refused operations. An answer with a body ends with a line end, for terminals.
func holds(t testing.TB, request *http.Request, body string, a answer) {
	t.Helper()
	require.True(t, a.Body == "" || strings.HasSuffix(a.Body, "\n"), "%s %s: %q", request.Method, request.URL, a.Body)
	router, err := contract()
	require.NoError(t, err)
	path := strings.TrimPrefix(request.URL.Path, "/")
	if a.code() == "route-not-found" || a.code() == "method-not-allowed" || request.Method == http.MethodHead ||
		request.Method == http.MethodOptions || path == "" {
		return // not in the document, which is what the answer says; preflights are between browsers and servers
	}
	described := request.Clone(context.Background())
	described.Body = io.NopCloser(strings.NewReader(body))
	route, params, err := router.FindRoute(described)
	require.NoError(t, err, "%s %s", request.Method, request.URL)
	input := &openapi3filter.RequestValidationInput{
		Request: described, PathParams: params, Route: route,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	if a.Status < 300 && !strings.Contains(a.Body, `,"problem":`) {
		require.NoError(t, openapi3filter.ValidateRequest(context.Background(), input), "%s %s %s", request.Method,
			request.URL, body)
	}
	require.NoError(t, openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 a.Status,
		Header:                 a.Header,
		Body:                   io.NopCloser(bytes.NewReader([]byte(a.Body))),
		Options:                input.Options,
	}), "%s %s: %s", request.Method, request.URL, a.Body)
}
