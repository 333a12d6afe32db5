package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// maxWait is how long a page waits for events at most, in seconds.
const maxWait = 30

// events answers /v1/events: the log in pages and as a stream.
type events struct {
	store     ports.EventStore
	tail      *feed.Tail
	followers *followers
	traffic   *traffic
	pages     ports.Bulkhead // bounds the pages that are made at a time; nil is no bound
	timeout   time.Duration  // of a request; 0: none
	names     stock.Names
}

// feedRequest is what a request wants of the feed.
type feedRequest struct {
	filter feed.Filter
	after  event.Position
	until  event.Position // the feed must have reached it before the answer
	ahead  bool           // until is not in the log yet
	limit  int            // commits on a page
	wait   time.Duration  // for a page that is not empty
}

// getEvents is GET /v1/events: a page of commits, or a stream of them.
func (e *events) getEvents(c *gin.Context) error {
	c.Writer.Header().Add("Vary", "Accept") // one path has two kinds of answers; Origin may be there already
	if wantsStream(c.Request.Header) {
		r, err := e.parse(c, "after", "store", "sku", "type")
		if err != nil {
			return err
		}
		return e.stream(c, r)
	}
	r, err := e.parse(c, "after", "store", "sku", "type", "limit", "wait")
	if err != nil {
		return err
	}
	return e.page(c, r)
}

func (e *events) parse(c *gin.Context, names ...string) (r feedRequest, err error) {
	params, err := parseQuery(c.Request.URL.RawQuery, names...)
	if err != nil {
		return r, err
	}
	if r.filter, err = eventFilter(params, e.names); err != nil {
		return r, err
	}
	if r.limit, err = params.limit(); err != nil {
		return r, err
	}
	if r.wait, err = waitTime(params); err != nil {
		return r, err
	}
	if r.until, err = minPosition(c.Request.Header); err != nil {
		return r, err
	}
	end := e.store.Head().Position // shows every write that was acknowledged before this request
	r.after, err = startPosition(c.Request.Header, params, end)
	r.until = max(r.until, r.after, end)
	r.ahead = r.until > end
	return r, err
}

// startPosition returns the position after which the answer begins. By default pages begin
// with the log, and streams after its end.
func startPosition(h http.Header, params parameters, end event.Position) (event.Position, error) {
	if wantsStream(h) {
		p, given, err := positionHeader(h, "Last-Event-Id")
		if err != nil || given {
			return p, err
		}
		if !params.has("after") {
			return end, nil
		}
	}
	if !params.has("after") {
		return 0, nil
	}
	n, err := strconv.ParseUint(params.number("after"), 10, 63)
	if err != nil {
		return 0, &queryError{detail: "after must be a position: a whole number from 0"}
	}
	return event.Position(n), nil
}

// eventFilter reads which events are wanted.
func eventFilter(params parameters, names stock.Names) (f feed.Filter, err error) {
	if f.Store, f.SKU, err = params.item(names); err != nil || !params.has("type") {
		return f, err
	}
	kind, ok := cloudevent.TypeNamed(params.text("type"))
	if !ok || !feed.Knows(kind) {
		return f, &queryError{detail: "type must be an event type of this service, for example onhand.stock.reserved.v1"}
	}
	f.Type = kind
	return f, nil
}

// waitTime reads how long a page may wait.
func waitTime(params parameters) (time.Duration, error) {
	if !params.has("wait") {
		return 0, nil
	}
	n, err := strconv.ParseUint(params.number("wait"), 10, 8)
	if err != nil || n > maxWait {
		return 0, &queryError{detail: "wait must be a whole number of seconds from 0 to " + strconv.Itoa(maxWait)}
	}
	return time.Duration(n) * time.Second, nil
}

// waitReached waits, within bounds, until the feed has reached what a request wants.
func (e *events) waitReached(ctx context.Context, r feedRequest) error {
	ctx, cancel := context.WithTimeout(ctx, maxPositionWait)
	defer cancel()
	return e.tail.Reach(ctx, r.until)
}
