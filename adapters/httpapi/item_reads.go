package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// getItem is GET …/items/{sku}.
func (s *Server) getItem(c *gin.Context) error {
	key, params, err := s.read(c, "asOf", "version")
	if err != nil {
		return err
	}
	conditions, err := preconditions(c.Request.Header)
	if err != nil {
		return err
	}
	past, err := params.past()
	if err != nil {
		return err
	}
	item, reflects, err := query.GetItem{Item: key}.Handle(requestContext(c), s.ledger)
	if past != nil && err == nil {
		item, reflects, err = query.PastItem{Item: key, Past: *past}.Handle(requestContext(c), s.ledger, s.store)
	}
	if err != nil {
		return err
	}
	return answerRead(c, conditions, reflects, item.Version, item.AppendJSON)
}

// show answers a read of one aggregate at a version, as its conditions say.
func answerRead(c *gin.Context, conditions command.Preconditions, reflects event.Position, version event.Version, body func([]byte) []byte) error {
	if err := conditions.CheckMatch(version); err != nil {
		return err
	}
	setETag(c, version)
	setPosition(c, reflects)
	if conditions.Unchanged(version) {
		c.Status(http.StatusNotModified)
		return nil
	}
	writeJSON(c, body(make([]byte, 0, 512)))
	return nil
}

// past reads which past of an aggregate is asked for, nil for the present.
func (p parameters) past() (*query.Past, error) {
	switch {
	case p["asOf"] != nil && p["version"] != nil:
		return nil, &queryError{detail: "asOf and version exclude each other"}
	case p["asOf"] != nil:
		at, err := time.Parse(time.RFC3339Nano, p.text("asOf"))
		if err != nil || len(p.text("asOf")) < len("2006-01-02T15:04:05Z") { // time.Parse takes an hour of one digit
			return nil, &queryError{detail: "asOf must be a time such as 2026-03-01T12:00:00Z"}
		}
		return &query.Past{AsOf: at}, nil
	case p["version"] != nil:
		n, err := strconv.ParseUint(p.text("version"), 10, 63)
		if err != nil || n == 0 {
			return nil, &queryError{detail: "version must be a whole number from 1"}
		}
		return &query.Past{Version: event.Version(n)}, nil
	}
	return nil, nil //nolint:nilnil // nil is the present
}

// itemHistory is GET …/items/{sku}/events.
func (s *Server) itemHistory(c *gin.Context) error {
	key, params, err := s.read(c, "limit", "cursor")
	if err != nil {
		return err
	}
	limit, err := params.limit()
	if err != nil {
		return err
	}
	ask := query.ItemHistory{Item: key, Limit: limit, Cursor: params.text("cursor")}
	page, err := ask.Handle(requestContext(c), s.ledger, s.store)
	if err != nil {
		return err
	}
	setPosition(c, page.Position)
	body := s.appendEvents([]byte(`{"events":`), page.Events)
	writeJSON(c, append(appendNextCursor(body, page.NextCursor), '}'))
	return nil
}

// explainItem is GET …/items/{sku}/explain.
func (s *Server) explainItem(c *gin.Context) error {
	key, _, err := s.read(c)
	if err != nil {
		return err
	}
	e, err := query.ExplainItem{Item: key}.Handle(requestContext(c), s.ledger, s.store)
	if err != nil {
		return err
	}
	arithmetic, err := json.Marshal(e.Arithmetic)
	if err != nil {
		return fmt.Errorf("encode arithmetic: %w", err)
	}
	setETag(c, e.Item.Version)
	setPosition(c, e.Position)
	body := e.Item.AppendJSON([]byte(`{"item":`))
	body = append(append(body, `,"arithmetic":`...), arithmetic...)
	body = appendHolds(append(body, `,"holds":`...), e.Holds)
	body = strconv.AppendInt(append(body, `,"holdsOmitted":`...), int64(e.HoldsOmitted), 10)
	body = append(body, `,"events":`...)
	writeJSON(c, append(s.appendEvents(body, e.Events), '}'))
	return nil
}

func appendHolds(dst []byte, holds []query.HeldUnits) []byte {
	dst = append(dst, '[')
	for i, h := range holds {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = event.AppendString(append(dst, `{"reservationId":`...), h.ReservationID)
		dst = strconv.AppendInt(append(dst, `,"quantity":`...), h.Quantity, 10)
		if !h.ExpiresAt.IsZero() {
			dst = event.AppendTime(append(dst, `,"expiresAt":`...), h.ExpiresAt)
		}
		if h.Owner != "" {
			dst = event.AppendString(append(dst, `,"owner":`...), h.Owner)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// read is what all reads of one item have in common: its name, the parameters
// that the read takes, and the position to wait for.
func (s *Server) read(c *gin.Context, names ...string) (stock.Key, parameters, error) {
	key, err := itemKey(c)
	if err != nil {
		return stock.Key{}, nil, err
	}
	params, err := parseQuery(c.Request.URL.RawQuery, names...)
	if err != nil {
		return stock.Key{}, nil, err
	}
	return key, params, s.waitForPosition(c)
}

func (s *Server) appendEvents(dst []byte, events []ports.StreamEvent) []byte {
	dst = append(dst, '[')
	for i := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = cloudevent.Append(dst, cloudevent.Source(s.opts.PublicURL), &events[i])
	}
	return append(dst, ']')
}

func appendNextCursor(dst []byte, cursor string) []byte {
	if cursor == "" {
		return dst
	}
	return event.AppendString(append(dst, `,"nextCursor":`...), cursor)
}

func writeJSON(c *gin.Context, body []byte) { send(c, http.StatusOK, typeJSON, body) }
