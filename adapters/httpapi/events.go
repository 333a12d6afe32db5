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
)

// maxWait is how long a page waits for news at most, in seconds.
const maxWait = 30

// listening is what a request wants of the feed.
type feedRequest struct {
	filter feed.Filter
	after  event.Position
	until  event.Position // what the feed must have come to before the answer
	ahead  bool           // that is not in the log yet
	limit  int            // commits on a page
	wait   time.Duration  // for a page that is not empty
}

// events is GET /v1/events: a page of commits, or a stream of them.
func (s *Server) events(c *gin.Context) error {
	c.Writer.Header().Add("Vary", "Accept") // the same path has two kinds of answers; there may be Origin, too
	if wantsStream(c.Request.Header) {
		l, err := s.parseFeedRequest(c, "after", "store", "sku", "type")
		if err != nil {
			return err
		}
		return s.streamEvents(c, l)
	}
	l, err := s.parseFeedRequest(c, "after", "store", "sku", "type", "limit", "wait")
	if err != nil {
		return err
	}
	return s.pageEvents(c, l)
}

// listen reads what is asked for.
func (s *Server) parseFeedRequest(c *gin.Context, names ...string) (l feedRequest, err error) {
	params, err := parseQuery(c.Request.URL.RawQuery, names...)
	if err != nil {
		return l, err
	}
	if l.filter, err = params.eventFilter(); err != nil {
		return l, err
	}
	if l.limit, err = params.limit(); err != nil {
		return l, err
	}
	if l.wait, err = params.wait(); err != nil {
		return l, err
	}
	if l.until, err = minPosition(c.Request.Header); err != nil {
		return l, err
	}
	end := s.store.Head().Position // what was acknowledged before this request is shown
	l.after, err = startPosition(c.Request.Header, params, end)
	l.until = max(l.until, l.after, end)
	l.ahead = l.until > end
	return l, err
}

// start is the position to begin behind: with pages the log's beginning unless
// said otherwise, with streams its end.
func startPosition(h http.Header, params parameters, end event.Position) (event.Position, error) {
	if wantsStream(h) {
		const name = "Last-Event-Id"
		value, given, err := singleHeader(h, name)
		if err != nil {
			return 0, err
		}
		if given {
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil {
				return 0, &headerError{name: name, detail: "must be a position: a whole number, 0 or more"}
			}
			return event.Position(n), nil
		}
		if params["after"] == nil {
			return end, nil
		}
	}
	if params["after"] == nil {
		return 0, nil
	}
	n, err := strconv.ParseUint(params.text("after"), 10, 63)
	if err != nil {
		return 0, &queryError{detail: "after must be a position: a whole number, 0 or more"}
	}
	return event.Position(n), nil
}

// eventFilter reads which events are wanted.
func (p parameters) eventFilter() (f feed.Filter, err error) {
	if f.Store, f.SKU, err = p.item(); err != nil || p["type"] == nil {
		return f, err
	}
	kind, ok := cloudevent.TypeNamed(p.text("type"))
	if !ok || !feed.Knows(kind) {
		return f, &queryError{detail: "type must be that of an event such as onhand.stock.reserved.v1"}
	}
	f.Type = kind
	return f, nil
}

// wait reads how long a page may wait.
func (p parameters) wait() (time.Duration, error) {
	if p["wait"] == nil {
		return 0, nil
	}
	n, err := strconv.ParseUint(p.text("wait"), 10, 8)
	if err != nil || n > maxWait {
		return 0, &queryError{detail: "wait must be a whole number of seconds, up to " + strconv.Itoa(maxWait)}
	}
	return time.Duration(n) * time.Second, nil
}

// reach waits, within bounds, until the feed has come to what is asked for.
func (s *Server) waitReached(ctx context.Context, l feedRequest) error {
	ctx, cancel := context.WithTimeout(ctx, maxPositionWait)
	defer cancel()
	return s.opts.Feed.Tail.Reach(ctx, l.until)
}
