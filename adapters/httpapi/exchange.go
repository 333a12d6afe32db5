package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/domain/event"
)

// exchange is what a request under way carries with it: its log record, and room
// for the header values of its answer. It is one allocation where gin's map of
// keys and a slice for each header are a dozen; together with the shared values
// below it spares a tenth of a read's time.
type exchange struct {
	gin.ResponseWriter
	record   Record
	values   [6]string // as many as a success has: X-Request-Id, RateLimit, Location, ETag, Onhand-Position, Idempotent-Replayed
	used     int
	deadline deadline
	permit   permit
	begun    bool // the breaker has let it through
	bodyRead bool // its body was, or is being, read
	body     bodyShare
}

// Unwrap is for http.ResponseController, which reaches the connection so.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// FlushError sends what was written. Other than gin's Flush, it says when that fails.
func (x *exchange) FlushError() error {
	x.WriteHeaderNow()
	beneath, ok := x.ResponseWriter.(interface{ Unwrap() http.ResponseWriter })
	if !ok {
		return http.ErrNotSupported
	}
	return http.NewResponseController(beneath.Unwrap()).Flush()
}

// within is the context that the request's work must keep to.
func requestContext(c *gin.Context) context.Context { return &c.Writer.(*exchange).deadline }

// record is the log record of the request under way.
func record(c *gin.Context) *Record { return &c.Writer.(*exchange).record }

// setHeader sets a header of the answer whose name is in canonical form.
func setHeader(c *gin.Context, name, value string) {
	x := c.Writer.(*exchange)
	if x.used == len(x.values) {
		x.Header()[name] = []string{value}
		return
	}
	x.values[x.used] = value
	x.Header()[name] = x.values[x.used : x.used+1 : x.used+1]
	x.used++
}

// Header values that do not differ from answer to answer. Nobody changes them.
var (
	typeJSON    = []string{"application/json"}
	typeProblem = []string{"application/problem+json"}

	closing = []string{"close"}
)

// setETag names the version that an answer shows.
func setETag(c *gin.Context, version event.Version) { setHeader(c, "Etag", etag(version)) }

// position says which commit an answer reflects.
func setPosition(c *gin.Context, p event.Position) {
	setHeader(c, "Onhand-Position", strconv.FormatInt(int64(p), 10))
	record(c).Position = p
}

// send answers with a body. The work is done then: a client that takes its answer
// slowly does so without a place.
func send(c *gin.Context, status int, contentType []string, body []byte) {
	c.Writer.(*exchange).permit.release()
	c.Writer.Header()["Content-Type"] = contentType
	c.Status(status)
	if _, err := c.Writer.Write(body); err != nil {
		_ = c.Error(err) // the client is gone
		c.Abort()
	}
}
