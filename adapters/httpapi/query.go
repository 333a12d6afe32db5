package httpapi

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/stock"
)

// queryError refuses a query parameter.
type queryError struct{ detail string }

func (e *queryError) Error() string { return e.detail }

// parameters are a request's query parameters, each given at most once unless it is repeatable.
type parameters map[string][]string

// repeatable ends the name of a parameter that may occur several times: an entry may have any of its
// values.
const repeatable = "*"

// parseQuery reads the query; it takes no parameter but those named.
func parseQuery(raw string, names ...string) (parameters, error) {
	if raw == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, &queryError{detail: "the query is not well-formed: encode special characters with %XX"}
	}
	for name, given := range values {
		several := slices.Contains(names, name+repeatable)
		if !several && !slices.Contains(names, name) {
			return nil, &queryError{detail: fmt.Sprintf("unknown parameter %q: this route takes %s", clip(name), listed(names))}
		}
		if len(given) > 1 && !several {
			return nil, &queryError{detail: fmt.Sprintf("parameter %q occurs %d times: send it once", name, len(given))}
		}
	}
	return parameters(values), nil
}

// listed returns the names of parameters in words.
func listed(names []string) string {
	if len(names) == 0 {
		return "no parameters"
	}
	return strings.ReplaceAll(strings.Join(names, ", "), repeatable, "")
}

func (p parameters) has(name string) bool { return p[name] != nil }

// text returns a parameter, empty if it is not given.
func (p parameters) text(name string) string {
	if values := p[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func (p parameters) boolean(name string) (bool, error) {
	switch {
	case !p.has(name) || p.text(name) == "false":
		return false, nil
	case p.text(name) == "true":
		return true, nil
	}
	return false, &queryError{detail: fmt.Sprintf("%s must be true or false", name)}
}

// number returns a parameter, a whole number as plain digits however it is written.
func (p parameters) number(name string) string {
	text := p.text(name)
	if plain, whole := plainNumber(text); whole {
		return plain
	}
	return text
}

// availableAtMost reads an optional whole number.
func (p parameters) availableAtMost() (*int64, error) {
	const name = "availableAtMost"
	if !p.has(name) {
		return nil, nil //nolint:nilnil // nil is "not given"
	}
	n, err := strconv.ParseInt(p.number(name), 10, 64)
	if err != nil {
		return nil, &queryError{detail: name + " must be a whole number"}
	}
	return &n, nil
}

// limit reads the size of a page: the default if it is not given, the largest if it is larger.
func (p parameters) limit() (int, error) {
	if !p.has("limit") {
		return query.DefaultLimit, nil
	}
	n, err := strconv.ParseUint(p.number("limit"), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n == 0 {
		return 0, &queryError{detail: fmt.Sprintf(
			"limit must be a whole number from 1; a number above %d counts as %d", query.MaxLimit, query.MaxLimit,
		)}
	}
	return int(min(n, query.MaxLimit)), nil
}

// item reads the store and SKU that a list is narrowed to, empty where it is not.
func (p parameters) item(names stock.Names) (store, sku string, err error) {
	if store, err = p.store("store"); err != nil {
		return "", "", err
	}
	if p.has("sku") {
		if sku, err = names.SKU(p.text("sku")); err != nil {
			return "", "", &queryError{detail: err.Error()}
		}
	}
	return store, sku, nil
}

// oneOf reads an optional parameter that has a few values; empty if it is not given.
func oneOf[T ~string](p parameters, name string, values ...T) (T, error) {
	if !p.has(name) || slices.Contains(values, T(p.text(name))) {
		return T(p.text(name)), nil
	}
	return "", &queryError{detail: fmt.Sprintf("%s must be one of %s", name, inWords(values))}
}
