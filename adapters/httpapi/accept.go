package httpapi

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// preference is how much a request wants a media type: the weight of the most
// specific range of its Accept that covers it (RFC 9110, section 12.5.1), and
// how specific that is, from 0 for none to 3 for the type itself.
type preference struct {
	weight   float64
	specific int
}

// beats tells whether one type is wanted more than another; of two that are wanted
// as much, the one that is named.
func (p preference) exceeds(other preference) bool {
	if p.weight != other.weight {
		return p.weight > other.weight
	}
	return p.weight > 0 && p.specific > other.specific
}

// preferenceFor reads the Accept headers. Without any, everything is as welcome.
func preferenceFor(h http.Header, mediaType string) preference {
	values := h.Values("Accept")
	if len(values) == 0 {
		return preference{weight: 1}
	}
	major, _, _ := strings.Cut(mediaType, "/")
	var best preference
	for one := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, params, err := mime.ParseMediaType(one)
		if err != nil {
			continue // what makes no sense asks for nothing
		}
		specific := 0
		switch name {
		case mediaType:
			specific = 3
		case major + "/*":
			specific = 2
		case "*/*":
			specific = 1
		}
		if specific <= best.specific {
			continue
		}
		best = preference{weight: 1, specific: specific}
		if q, given := params["q"]; given {
			if best.weight, err = strconv.ParseFloat(q, 64); err != nil || !(best.weight >= 0 && best.weight <= 1) {
				best.weight = 0
			}
		}
	}
	return best
}

const typeEventStream = "text/event-stream"

// wantsStream tells whether a request prefers server-sent events over JSON.
func wantsStream(h http.Header) bool {
	return preferenceFor(h, typeEventStream).exceeds(preferenceFor(h, "application/json"))
}
