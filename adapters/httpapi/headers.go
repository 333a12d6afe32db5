package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/onhand/onhand/domain/event"
)

// headerError refuses a header that does not have its form.
type headerError struct {
	name   string
	detail string
}

func (e *headerError) Error() string { return e.name + " " + e.detail }

// singleHeader reads a header that may occur once.
func singleHeader(h http.Header, name string) (value string, given bool, err error) {
	values := h.Values(name)
	switch len(values) {
	case 0:
		return "", false, nil
	case 1:
		return strings.Trim(values[0], " \t"), true, nil
	default:
		return "", true, &headerError{name: name, detail: "occurs more than once: send it once"}
	}
}

// positionHeader reads a header that holds a position.
func positionHeader(h http.Header, name string) (p event.Position, given bool, err error) {
	value, given, err := singleHeader(h, name)
	if err != nil || !given {
		return 0, given, err
	}
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		return 0, true, &headerError{name: name, detail: "must be a position: a whole number from 0"}
	}
	return event.Position(n), true, nil
}

// minPosition reads Onhand-Min-Position, 0 if it is not given.
func minPosition(h http.Header) (event.Position, error) {
	p, _, err := positionHeader(h, "Onhand-Min-Position")
	return p, err
}

// idempotencyKey reads Idempotency-Key: a quoted string (a structured field, as the IETF
// draft has it) or the same characters without quotation marks.
func idempotencyKey(h http.Header) (string, error) {
	const name = "Idempotency-Key"
	value, given, err := singleHeader(h, name)
	if err != nil || !given {
		return "", err
	}
	key := value
	if strings.HasPrefix(value, `"`) {
		if key, err = unquote(value); err != nil {
			return "", &headerError{name: name, detail: err.Error()}
		}
	}
	if !isVisible(key, 255) {
		return "", &headerError{name: name, detail: "must be 1 to 255 visible ASCII characters, quoted or bare"}
	}
	return key, nil
}

var (
	errUnclosedString  = errors.New("has no closing quotation mark")
	errMalformedString = errors.New("is not a well-formed quoted string")
)

// unquote reads the string of a structured field (RFC 9651, section 3.3.3).
func unquote(value string) (string, error) {
	if len(value) < 2 || value[len(value)-1] != '"' {
		return "", errUnclosedString
	}
	inner := value[1 : len(value)-1]
	var plain strings.Builder
	for i := 0; i < len(inner); i++ {
		switch {
		case inner[i] == '\\' && i+1 < len(inner) && (inner[i+1] == '"' || inner[i+1] == '\\'):
			i++
		case inner[i] == '\\' || inner[i] == '"':
			return "", errMalformedString
		}
		plain.WriteByte(inner[i])
	}
	return plain.String(), nil
}

// isVisible reports whether text is 1 to limit visible ASCII characters.
func isVisible(text string, limit int) bool {
	if text == "" || len(text) > limit {
		return false
	}
	for i := range len(text) {
		if text[i] < '!' || text[i] > '~' {
			return false
		}
	}
	return true
}
