package httpapi

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/onhand/onhand/application/query"
)

// queryError refuses a query parameter.
type queryError struct{ detail string }

func (e *queryError) Error() string { return e.detail }

// parameters are a request's query parameters, each given at most once.
type parameters map[string][]string

// parseQuery reads the query; it takes no parameter but those named.
func parseQuery(raw string, names ...string) (parameters, error) {
	if raw == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, &queryError{detail: "the query is not well-formed"}
	}
	for name, given := range values {
		if !slices.Contains(names, name) {
			return nil, &queryError{detail: fmt.Sprintf("unknown parameter %q", clip(name))}
		}
		if len(given) > 1 {
			return nil, &queryError{detail: fmt.Sprintf("parameter %q occurs more than once", name)}
		}
	}
	return parameters(values), nil
}

func (p parameters) text(name string) string {
	if values := p[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func (p parameters) boolean(name string) (bool, error) {
	switch {
	case p[name] == nil || p.text(name) == "false":
		return false, nil
	case p.text(name) == "true":
		return true, nil
	}
	return false, &queryError{detail: fmt.Sprintf("%s must be true or false", name)}
}

// limit reads the size of a page: the default if it is not given, the largest
// if it is larger.
func (p parameters) limit() (int, error) {
	if p["limit"] == nil {
		return query.DefaultLimit, nil
	}
	n, err := strconv.ParseUint(p.text("limit"), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n == 0 {
		return 0, &queryError{detail: fmt.Sprintf("limit must be a whole number from 1; more than %d is taken as %d", query.MaxLimit, query.MaxLimit)}
	}
	return int(min(n, query.MaxLimit)), nil
}
