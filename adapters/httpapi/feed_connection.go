package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// shutdownWriteTimeout is the time to write the end of a stream when the service stops.
const shutdownWriteTimeout = time.Second

// feedConnection sets the deadlines of the connection of a follower. Its setters return
// errors where there is no connection, as in tests, and those are ignored.
type feedConnection struct {
	*http.ResponseController
	writeTimeout time.Duration // 0: none
}

func newFeedConnection(c *gin.Context, writeTimeout time.Duration) feedConnection {
	return feedConnection{ResponseController: http.NewResponseController(c.Writer), writeTimeout: writeTimeout}
}

// exempt takes a request that waits for events out of what bounds the others: the server's
// deadlines, and the count of requests under way. The caller must call restore at its end.
func (f feedConnection) exempt(t *traffic) (restore func()) {
	t.inFlight.Add(-1)
	_ = f.SetReadDeadline(time.Time{})
	_ = f.SetWriteDeadline(time.Time{})
	return func() {
		t.inFlight.Add(1)
		f.extendWriteDeadline()
	}
}

// extendWriteDeadline gives a client the time to take the next write.
func (f feedConnection) extendWriteDeadline() {
	var until time.Time
	if f.writeTimeout > 0 {
		until = time.Now().Add(f.writeTimeout) //nolint:forbidigo // the kernel's clock counts here
	}
	_ = f.SetWriteDeadline(until)
}

// shortenWriteDeadline leaves little time for the write under way.
func (f feedConnection) shortenWriteDeadline() {
	_ = f.SetWriteDeadline(time.Now().Add(shutdownWriteTimeout)) //nolint:forbidigo // the kernel's clock counts here
}
