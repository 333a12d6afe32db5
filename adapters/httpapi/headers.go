package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/event"
)

// headerError refuses a header that does not say what it must.
type headerError struct {
	name   string
	detail string
}

func (e *headerError) Error() string { return e.name + " " + e.detail }

// call reads what every write may say beside its body.
func (s *Server) call(c *gin.Context) (command.Call, error) {
	actor, _, err := singleHeader(c.Request.Header, "X-Actor")
	call := command.Call{RequestID: record(c).RequestID, Actor: actor, NewID: s.opts.NewID}
	if err != nil {
		return call, err
	}
	if err := command.CheckText(call.Actor, command.MaxActorBytes); err != nil {
		return call, &headerError{name: "X-Actor", detail: err.Error()}
	}
	record(c).Actor = clip(call.Actor)
	if call.IdempotencyKey, err = idempotencyKey(c.Request.Header); err != nil {
		return call, err
	}
	if call.IdempotencyKey == "" && s.opts.IdempotencyRequired {
		return call, errIdempotencyKeyRequired
	}
	if call.Preconditions, err = preconditions(c.Request.Header); err != nil {
		return call, err
	}
	call.Required = s.opts.PreconditionRequired
	query, err := parseQuery(c.Request.URL.RawQuery, "dryRun")
	if err != nil {
		return call, err
	}
	call.DryRun, err = query.boolean("dryRun")
	return call, err
}

// single reads a header that may occur once.
func singleHeader(h http.Header, name string) (value string, given bool, err error) {
	values := h.Values(name)
	switch len(values) {
	case 0:
		return "", false, nil
	case 1:
		return strings.Trim(values[0], " \t"), true, nil
	default:
		return "", true, &headerError{name: name, detail: "occurs more than once"}
	}
}

// idempotencyKey reads Idempotency-Key: a quoted string (the IETF draft's
// structured field) or the same characters bare.
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

// unquote reads a structured field's string (RFC 9651, section 3.3.3).
func unquote(value string) (string, error) {
	if len(value) < 2 || value[len(value)-1] != '"' {
		return "", fmt.Errorf("has no closing quotation mark")
	}
	inner := value[1 : len(value)-1]
	var plain strings.Builder
	for i := 0; i < len(inner); i++ {
		switch {
		case inner[i] == '\\' && i+1 < len(inner) && (inner[i+1] == '"' || inner[i+1] == '\\'):
			i++
		case inner[i] == '\\' || inner[i] == '"':
			return "", fmt.Errorf("is not a well-formed quoted string")
		}
		plain.WriteByte(inner[i])
	}
	return plain.String(), nil
}

// preconditions reads If-Match and If-None-Match (RFC 9110, section 13.1).
func preconditions(h http.Header) (p command.Preconditions, err error) {
	if p.IfMatch, err = entityTags(h, "If-Match", false); err != nil {
		return p, err
	}
	p.IfNoneMatch, err = entityTags(h, "If-None-Match", true)
	return p, err
}

// tags reads a list of entity tags. A well-formed tag that is none of ours
// matches nothing; nor does a weak one where the comparison is strong.
func entityTags(h http.Header, name string, weakly bool) (*command.Tags, error) {
	values := h.Values(name)
	if len(values) == 0 {
		return nil, nil //nolint:nilnil // nil is "not asked"
	}
	rest := strings.Trim(strings.Join(values, ","), " \t")
	if rest == "*" {
		return &command.Tags{Any: true}, nil
	}
	list := &command.Tags{}
	malformed := &headerError{name: name, detail: `must be * or a list of entity tags such as "5"`}
	for found := false; ; found = true {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			if !found {
				return nil, malformed
			}
			return list, nil
		}
		tag, weak := strings.CutPrefix(rest, "W/")
		if !strings.HasPrefix(tag, `"`) {
			return nil, malformed
		}
		opaque, after, closed := strings.Cut(tag[1:], `"`)
		after = strings.TrimLeft(after, " \t")
		if !closed || after != "" && after[0] != ',' || opaque != "" && !isVisible(opaque, maxHeaderBytes) {
			return nil, malformed
		}
		if version, ours := tagVersion(opaque); ours && (weakly || !weak) {
			list.Versions = append(list.Versions, version)
		}
		rest = after
	}
}

// tagVersion reads the version from an opaque tag, if it is one of ours.
func tagVersion(opaque string) (event.Version, bool) {
	n, err := strconv.ParseInt(opaque, 10, 64)
	return event.Version(n), err == nil && n > 0 && strconv.FormatInt(n, 10) == opaque
}

func etag(v event.Version) string { return `"` + strconv.FormatInt(int64(v), 10) + `"` }

// minPosition reads Onhand-Min-Position, 0 if it is not given.
func minPosition(h http.Header) (event.Position, error) {
	const name = "Onhand-Min-Position"
	value, given, err := singleHeader(h, name)
	if err != nil || !given {
		return 0, err
	}
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil {
		return 0, &headerError{name: name, detail: "must be a position: a whole number, 0 or more"}
	}
	return event.Position(n), nil
}
