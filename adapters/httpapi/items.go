package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// maxPositionWait bounds how long a read waits for Onhand-Min-Position.
const maxPositionWait = 2 * time.Second

// itemKey reads the item that the path names.
func itemKey(c *gin.Context) (stock.Key, error) {
	store, storeErr := url.PathUnescape(c.Param("store"))
	sku, skuErr := url.PathUnescape(c.Param("sku"))
	if err := errors.Join(storeErr, skuErr); err != nil {
		return stock.Key{}, errRouteNotFound
	}
	return stock.NewKey(store, sku)
}

// adjustStock is POST …/adjustments.
func (s *Server) adjustStock(c *gin.Context) error {
	cmd := command.AdjustStock{}
	return s.change(c, &cmd, &cmd.Item, func(call command.Call) (command.ItemOutcome, error) {
		return cmd.Handle(c.Request.Context(), s.ledger, call)
	})
}

// countStock is PUT …/count.
func (s *Server) countStock(c *gin.Context) error {
	cmd := command.CountStock{}
	return s.change(c, &cmd, &cmd.Item, func(call command.Call) (command.ItemOutcome, error) {
		return cmd.Handle(c.Request.Context(), s.ledger, call)
	})
}

// change is what all commands on one item have in common: names, headers, body,
// validation, in this order, then the command and its answer.
func (s *Server) change(c *gin.Context, cmd interface{ Validate() error }, item *stock.Key,
	handle func(command.Call) (command.ItemOutcome, error),
) (err error) {
	if *item, err = itemKey(c); err != nil {
		return err
	}
	call, err := s.call(c)
	if err != nil {
		return err
	}
	if err := decode(c, cmd); err != nil {
		return err
	}
	if err := cmd.Validate(); err != nil {
		return err
	}
	outcome, err := handle(call)
	if err != nil {
		return err
	}
	answerItem(c, outcome)
	return nil
}

func answerItem(c *gin.Context, o command.ItemOutcome) {
	body := o.AppendJSON(make([]byte, 0, 512))
	if o.DryRun {
		body = append(body[:len(body)-1], `,"dryRun":true}`...)
	} else {
		c.Header("ETag", etag(o.Version))
		position(c, o.Position)
	}
	if o.Replayed {
		c.Header("Idempotent-Replayed", "true")
		record(c).Replayed = true
	}
	writeJSON(c, body)
}

// getItem is GET …/items/{sku}.
func (s *Server) getItem(c *gin.Context) error {
	key, err := itemKey(c)
	if err != nil {
		return err
	}
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	conditions, err := preconditions(c.Request.Header)
	if err != nil {
		return err
	}
	if err := s.waitForPosition(c); err != nil {
		return err
	}
	item, reflects, err := query.GetItem{Item: key}.Handle(s.ledger)
	if err != nil {
		return err
	}
	if err := conditions.CheckMatch(item.Levels); err != nil {
		return err
	}
	c.Header("ETag", etag(item.Version))
	position(c, reflects)
	if conditions.Unchanged(item.Levels) {
		c.Status(http.StatusNotModified)
		return nil
	}
	writeJSON(c, item.AppendJSON(make([]byte, 0, 512)))
	return nil
}

// itemHistory is GET …/items/{sku}/events.
func (s *Server) itemHistory(c *gin.Context) error {
	key, err := itemKey(c)
	if err != nil {
		return err
	}
	params, err := parseQuery(c.Request.URL.RawQuery, "limit", "cursor")
	if err != nil {
		return err
	}
	limit, err := params.limit()
	if err != nil {
		return err
	}
	if err := s.waitForPosition(c); err != nil {
		return err
	}
	ask := query.ItemHistory{Item: key, Limit: limit, Cursor: params.text("cursor")}
	page, err := ask.Handle(c.Request.Context(), s.ledger, s.store)
	if err != nil {
		return err
	}
	position(c, page.Position)
	writeJSON(c, s.appendHistory(nil, page))
	return nil
}

func (s *Server) appendHistory(dst []byte, page query.History) []byte {
	dst = append(dst, `{"events":[`...)
	for i := range page.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.appendEvent(dst, &page.Events[i])
	}
	dst = append(dst, ']')
	if page.NextCursor != "" {
		dst = event.AppendString(append(dst, `,"nextCursor":`...), page.NextCursor)
	}
	return append(dst, '}')
}

// waitForPosition does what Onhand-Min-Position asks, within bounds.
func (s *Server) waitForPosition(c *gin.Context) error {
	wanted, err := minPosition(c.Request.Header)
	if err != nil || wanted == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), maxPositionWait)
	defer cancel()
	return s.ledger.WaitFor(ctx, wanted)
}

// position says which commit an answer reflects.
func position(c *gin.Context, p event.Position) {
	c.Header("Onhand-Position", strconv.FormatInt(int64(p), 10))
	record(c).Position = p
}

func writeJSON(c *gin.Context, body []byte) { c.Data(http.StatusOK, "application/json", body) }
