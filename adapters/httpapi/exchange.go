package httpapi

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
)

// exchange is what a request under way carries with it: its log record, its deadline, its
// permit, and room for the header values of its answer. It is one allocation; gin's map of
// keys and a slice for each header would be a dozen. With the shared header values it
// saves a tenth of a read's time.
type exchange struct {
	gin.ResponseWriter
	record Record
	// values are as many as a success has: X-Request-Id, RateLimit, Location, ETag,
	// Onhand-Position, Idempotency-Key-Expires, Idempotent-Replayed.
	values   [7]string
	used     int
	deadline deadline
	permit   permit
	waits    sharedBulkhead // bounds the requests that wait without a permit
	begun    bool           // the breaker has let it through
	bodyRead bool           // or being read
	body     bodyShare
}

// exchangeOf returns the exchange of a request that the observer has seen.
func exchangeOf(c *gin.Context) *exchange { return c.Writer.(*exchange) }

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// FlushError sends the bytes written so far. Unlike gin's Flush, it returns the error.
func (x *exchange) FlushError() error {
	x.WriteHeaderNow()
	beneath, ok := x.ResponseWriter.(interface{ Unwrap() http.ResponseWriter })
	if !ok {
		return http.ErrNotSupported
	}
	return http.NewResponseController(beneath.Unwrap()).Flush()
}

// requestContext returns the context that the request's work must honour.
func requestContext(c *gin.Context) context.Context { return &exchangeOf(c).deadline }

// record returns the log record of the request under way.
func record(c *gin.Context) *Record { return &exchangeOf(c).record }

// setHeader sets a header of the answer. Its name must be in canonical form.
func setHeader(c *gin.Context, name, value string) {
	x := exchangeOf(c)
	if x.used == len(x.values) {
		x.Header()[name] = []string{value}
		return
	}
	x.values[x.used] = value
	x.Header()[name] = x.values[x.used : x.used+1 : x.used+1]
	x.used++
}
