package httpapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// listingNames are the parameters that lists of reservations and of transfers have in common.
var listingNames = []string{
	"store", "sku", "status" + repeatable, "reference", "createdSince", "createdUntil", "updatedSince", "updatedUntil",
	"sort", "order", "limit", "cursor",
}

// parseListing reads the query of a list that takes the parameters of listingNames and more.
func parseListing(u *url.URL, more ...string) (parameters, query.Listing, error) {
	p, err := parseQuery(u.RawQuery, slices.Concat(more, listingNames)...)
	if err != nil {
		return nil, query.Listing{}, err
	}
	l := query.Listing{Cursor: p.text("cursor")}
	for _, b := range []struct {
		name string
		at   *time.Time
	}{
		{"createdSince", &l.Created.Since},
		{"createdUntil", &l.Created.Until},
		{"updatedSince", &l.Updated.Since},
		{"updatedUntil", &l.Updated.Until},
	} {
		if *b.at, err = p.bound(b.name); err != nil {
			return nil, query.Listing{}, err
		}
	}
	if l.Sort, err = oneOf(p, "sort", ports.ByID, ports.ByCreated, ports.ByUpdated); err != nil {
		return nil, query.Listing{}, err
	}
	order, err := oneOf(p, "order", "asc", "desc")
	if err != nil {
		return nil, query.Listing{}, err
	}
	l.Descending = order == "desc"
	l.Limit, err = p.limit()
	return p, l, err
}

// time reads a parameter that is a time.
func (p parameters) time(name string) (time.Time, error) {
	text := p.text(name)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || len(text) < len("2006-01-02T15:04:05Z") { // time.Parse takes an hour of one digit
		return time.Time{}, &queryError{detail: name + " must be a time, for example 2026-03-01T12:00:00Z"}
	}
	return at, nil
}

// bound reads an optional time that bounds others. The zero time, which is before all others,
// stands for no bound, so the time after it takes its place.
func (p parameters) bound(name string) (time.Time, error) {
	if !p.has(name) {
		return time.Time{}, nil
	}
	at, err := p.time(name)
	if err == nil && at.IsZero() {
		at = at.Add(time.Microsecond)
	}
	return at, err
}

// given reads an optional text that entries have; empty if it is not given.
func (p parameters) given(name string, limit int) (string, error) {
	if !p.has(name) {
		return "", nil
	}
	text := p.text(name)
	if text == "" {
		return "", &queryError{detail: name + " must not be empty"}
	}
	if err := command.CheckText(text, limit); err != nil {
		return "", &queryError{detail: name + " " + err.Error()}
	}
	return text, nil
}

// store reads an optional store; empty if it is not given.
func (p parameters) store(name string) (string, error) {
	if !p.has(name) {
		return "", nil
	}
	if err := stock.CheckStore(p.text(name)); err != nil {
		return "", &queryError{detail: strings.Replace(err.Error(), "store", name, 1)}
	}
	return p.text(name), nil
}

// anyOf reads an optional parameter that has one or several of a few values: it may be repeated,
// and a value may be a list with commas.
func anyOf[T ~string](p parameters, name string, values ...T) ([]T, error) {
	var all []T
	for _, list := range p[name] {
		for text := range strings.SplitSeq(list, ",") {
			if !slices.Contains(values, T(text)) {
				return nil, &queryError{detail: fmt.Sprintf("%s must be one or several of %s", name, inWords(values))}
			}
			all = append(all, T(text))
		}
	}
	return all, nil
}

// inWords returns values with commas between them.
func inWords[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}
