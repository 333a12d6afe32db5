package httpapi

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const typeEventStream = "text/event-stream"

// preference is how much a request wants a media type: that of the most specific
// range of its Accept that covers the type (RFC 9110, section 12.5.1).
type preference struct {
	weight   float64
	specific int // from 0 for no range to 3 for the type itself
}

// exceeds reports whether p is the stronger preference. Of two equal weights, the
// more specific range wins.
func (p preference) exceeds(other preference) bool {
	if p.weight != other.weight {
		return p.weight > other.weight
	}
	return p.weight > 0 && p.specific > other.specific
}

// preferenceFor reads the Accept headers. Without any, all types have the same weight.
func preferenceFor(h http.Header, mediaType string) preference {
	values := h.Values("Accept")
	if len(values) == 0 {
		return preference{weight: 1}
	}
	var best preference
	for one := range strings.SplitSeq(strings.Join(values, ","), ",") {
		mediaRange, params, err := mime.ParseMediaType(one)
		if err != nil {
			continue // a malformed range asks for nothing
		}
		if specific := specificity(mediaRange, mediaType); specific > best.specific {
			best = preference{weight: rangeWeight(params), specific: specific}
		}
	}
	return best
}

// specificity returns 0 if the range does not cover the type.
func specificity(mediaRange, mediaType string) int {
	major, _, _ := strings.Cut(mediaType, "/")
	switch mediaRange {
	case mediaType:
		return 3
	case major + "/*":
		return 2
	case "*/*":
		return 1
	}
	return 0
}

// rangeWeight returns the parameter q: 1 if it is absent, 0 if it is malformed.
func rangeWeight(params map[string]string) float64 {
	q, given := params["q"]
	if !given {
		return 1
	}
	weight, err := strconv.ParseFloat(q, 64)
	if err != nil || !(weight >= 0 && weight <= 1) { // the negation refuses NaN, too
		return 0
	}
	return weight
}

// wantsStream reports whether a request prefers server-sent events over JSON.
func wantsStream(h http.Header) bool {
	return preferenceFor(h, typeEventStream).exceeds(preferenceFor(h, "application/json"))
}
