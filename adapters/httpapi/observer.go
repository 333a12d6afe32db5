package httpapi

import (
	"fmt"
	"log"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// maxLoggedText bounds each text of a request in its log record, in bytes.
const maxLoggedText = 256

// Record is what is logged of one request: one wide line when it is over.
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
	// ClientGone tells that the client closed its side before the answer; what
	// was answered may not have been read.
	ClientGone bool
}

// Severe tells whether the service, not the client, is to blame.
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
	if r.UserAgent != "" {
		dst = event.AppendString(append(dst, `,"userAgent":`...), r.UserAgent)
	}
	if r.Actor != "" {
		dst = event.AppendString(append(dst, `,"actor":`...), r.Actor)
	}
	if r.Code != "" {
		dst = event.AppendString(append(dst, `,"code":`...), r.Code)
	}
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
	if r.Err != nil {
		dst = event.AppendString(append(dst, `,"error":`...), r.Err.Error())
	}
	return dst
}

// clip is what is logged of a text that came from outside: so much of it, and of
// that what can be printed. The rest could be taken for the end of a line, or for
// orders to the terminal of who reads it.
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

// observe gives the request its id and a deadline, and logs it when it is over.
func (s *Server) observe(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !isVisible(id, 128) {
		id = s.opts.NewID()
	}
	x := &exchange{ResponseWriter: c.Writer, record: Record{
		Time:      time.Now(),
		Method:    clip(c.Request.Method),
		Route:     c.FullPath(),
		Path:      clip(c.Request.URL.EscapedPath()),
		Client:    s.proxies.client(c.Request),
		UserAgent: clip(c.Request.UserAgent()),
		RequestID: id,
	}}
	s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	x.deadline.parent, x.permit.waits = c.Request.Context(), s.opts.Waits
	if s.opts.RequestTimeout > 0 {
		x.deadline.at = x.record.Time.Add(s.opts.RequestTimeout)
	}
	defer x.deadline.end()
	x.body.bodyQuota = s.bodies
	defer x.body.release()
	c.Writer = x
	setHeader(c, "X-Request-Id", id)
	if s.draining.Load() {
		c.Writer.Header()["Connection"] = closing
	}
	c.Next()
	r := &x.record
	r.Duration = time.Since(r.Time)
	r.Status, r.Bytes = c.Writer.Status(), max(0, c.Writer.Size())
	s.opts.Log(r)
}

// recoverPanics answers a handler's panic with a 500 and lets the service go on.
func (s *Server) recoverPanics(c *gin.Context) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		if value == http.ErrAbortHandler { //nolint:errorlint,err113 // the identity is the signal
			panic(value)
		}
		s.refuse(c, fmt.Errorf("panic: %v\n%s", value, debug.Stack()))
	}()
	c.Next()
}

// visible tells whether text is 1 to limit visible ASCII characters.
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

// complaints makes a logger of what the HTTP server itself has to say.
func errorLog(report ports.Reporter) *log.Logger {
	return log.New(reporterWriter(report), "", 0)
}

type reporterWriter ports.Reporter

func (report reporterWriter) Write(text []byte) (int, error) {
	report(ports.Incident{Component: "httpapi", Message: "the HTTP server complains", Detail: clip(strings.TrimSpace(string(text)))})
	return len(text), nil
}
