package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/event"
)

func etag(v event.Version) string { return `"` + strconv.FormatInt(int64(v), 10) + `"` }

// preconditions reads If-Match and If-None-Match (RFC 9110, section 13.1).
func preconditions(h http.Header) (p command.Preconditions, err error) {
	if p.IfMatch, err = entityTags(h, "If-Match", false); err != nil {
		return p, err
	}
	p.IfNoneMatch, err = entityTags(h, "If-None-Match", true)
	return p, err
}

// entityTags reads a list of entity tags, nil if the header is absent. A well-formed tag
// that this API never gave matches nothing; nor does a weak tag where the comparison is
// strong.
func entityTags(h http.Header, name string, weakly bool) (*command.Tags, error) {
	values := h.Values(name)
	if len(values) == 0 {
		return nil, nil //nolint:nilnil // nil is "not given"
	}
	rest := strings.Trim(strings.Join(values, ","), " \t")
	if rest == "*" {
		return &command.Tags{Any: true}, nil
	}
	list := &command.Tags{}
	malformed := &headerError{name: name, detail: `must be * or a list of entity tags, for example "5"`}
	for found := false; ; found = true {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" && found {
			return list, nil
		}
		opaque, weak, after, ok := cutEntityTag(rest)
		if !ok {
			return nil, malformed
		}
		if version, ours := tagVersion(opaque); ours && (weakly || !weak) {
			list.Versions = append(list.Versions, version)
		}
		rest = after
	}
}

// cutEntityTag reads the first tag of a list. The rest is empty or begins with a comma.
func cutEntityTag(list string) (opaque string, weak bool, rest string, ok bool) {
	tag, weak := strings.CutPrefix(list, "W/")
	if !strings.HasPrefix(tag, `"`) {
		return "", weak, "", false
	}
	opaque, rest, closed := strings.Cut(tag[1:], `"`)
	rest = strings.TrimLeft(rest, " \t")
	ok = closed && (rest == "" || rest[0] == ',') && (opaque == "" || isVisible(opaque, maxHeaderBytes))
	return opaque, weak, rest, ok
}

// tagVersion reads the version from an opaque tag, if this API can have given it.
func tagVersion(opaque string) (event.Version, bool) {
	n, err := strconv.ParseInt(opaque, 10, 64)
	return event.Version(n), err == nil && n > 0 && strconv.FormatInt(n, 10) == opaque
}
