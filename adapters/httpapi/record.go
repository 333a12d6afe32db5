package httpapi

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/onhand/onhand/domain/event"
)

// maxLoggedText bounds each text of a request in its log record, in bytes.
const maxLoggedText = 256

// Record is the log line of one request, written when it has ended.
type Record struct {
	Time      time.Time // when the request began
	Duration  time.Duration
	Method    string
	Route     string // the pattern, bounded in number; empty if none matched
	Path      string
	Status    int
	Bytes     int        // of the answer's body
	Client    netip.Addr // zero if the peer has no address
	UserAgent string
	RequestID string
	Actor     string
	Code      string // of the problem, if one was answered
	Err       error  // the cause of a 5xx
	Position  event.Position
	Replayed  bool
	DryRun    bool
	// ClientGone says that the client closed its side before the answer, which it may not
	// have read.
	ClientGone bool
	// Omitted is the number of requests alike for which a log has no line.
	Omitted int
}

// Severe reports whether the service, not the client, is to blame.
func (r *Record) Severe() bool {
	return r.Status >= http.StatusInternalServerError && !r.ClientGone
}

// AppendJSON appends the record's members, without the braces.
func (r *Record) AppendJSON(dst []byte) []byte {
	dst = event.AppendString(append(dst, `"method":`...), r.Method)
	dst = event.AppendString(append(dst, `,"route":`...), r.Route)
	dst = event.AppendString(append(dst, `,"path":`...), r.Path)
	dst = strconv.AppendInt(append(dst, `,"status":`...), int64(r.Status), 10)
	dst = strconv.AppendInt(append(dst, `,"durationMicros":`...), r.Duration.Microseconds(), 10)
	dst = strconv.AppendInt(append(dst, `,"bytes":`...), int64(r.Bytes), 10)
	dst = append(r.Client.AppendTo(append(dst, `,"client":"`...)), '"')
	dst = event.AppendString(append(dst, `,"requestId":`...), r.RequestID)
	dst = appendText(dst, `,"userAgent":`, r.UserAgent)
	dst = appendText(dst, `,"actor":`, r.Actor)
	dst = appendText(dst, `,"code":`, r.Code)
	if r.Position > 0 {
		dst = strconv.AppendInt(append(dst, `,"position":`...), int64(r.Position), 10)
	}
	if r.Replayed {
		dst = append(dst, `,"replayed":true`...)
	}
	if r.DryRun {
		dst = append(dst, `,"dryRun":true`...)
	}
	if r.ClientGone {
		dst = append(dst, `,"clientGone":true`...)
	}
	if r.Omitted > 0 {
		dst = strconv.AppendInt(append(dst, `,"omitted":`...), int64(r.Omitted), 10)
	}
	if r.Err != nil {
		dst = event.AppendString(append(dst, `,"error":`...), r.Err.Error())
	}
	return dst
}

// appendText appends a member, unless its text is empty.
func appendText(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	return event.AppendString(append(dst, name...), text)
}

// clip bounds a text that came from outside before it is logged, and replaces what cannot be
// printed: it could be taken for the end of a line, or control the terminal that shows it.
func clip(text string) string {
	text = text[:min(len(text), maxLoggedText)]
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return strings.Map(printable, text)
		}
	}
	return text
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return utf8.RuneError
}
