package httpapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// listItems is GET /v1/stores/{store}/items.
func (i items) listItems(c *gin.Context) error {
	store, err := url.PathUnescape(c.Param("store"))
	if err != nil {
		return errRouteNotFound
	}
	if err := stock.CheckStore(store); err != nil {
		return err
	}
	return i.answerList(c, store)
}

// listAllItems is GET /v1/items.
func (i items) listAllItems(c *gin.Context) error { return i.answerList(c, "", "store"+repeatable) }

// answerList answers with a page of a store's items, or of all stores' for an empty store. It
// takes the other parameters named, too.
func (i items) answerList(c *gin.Context, store string, others ...string) error {
	params, err := parseQuery(c.Request.URL.RawQuery, append(others,
		"limit", "cursor", "sku"+repeatable, "skuPrefix", "availableAtMost", "low", "negative", "atRisk")...)
	if err != nil {
		return err
	}
	ask := query.ListItems{Store: store, Cursor: params.text("cursor")}
	if ask.Limit, err = params.limit(); err != nil {
		return err
	}
	if ask.Stores, err = storeNames(params); err != nil {
		return err
	}
	if ask.ItemFilter, err = itemFilter(params, i.rules.Names); err != nil {
		return err
	}
	if err := waitForPosition(c, i.ledger); err != nil {
		return err
	}
	page, err := ask.Handle(requestContext(c), i.ledger)
	if err != nil {
		return err
	}
	setPosition(c, page.Position)
	writePage(c, "items", page.Items, stock.Item.AppendJSON, page.NextCursor)
	return nil
}

// getItem is GET …/items/{sku}.
func (i items) getItem(c *gin.Context) error {
	key, params, err := i.readRequest(c, "asOf", "version")
	if err != nil {
		return err
	}
	conditions, err := preconditions(c.Request.Header)
	if err != nil {
		return err
	}
	past, err := parsePast(params)
	if err != nil {
		return err
	}
	item, reflects, err := query.GetItem{Item: key}.Handle(requestContext(c), i.ledger)
	if past != nil && err == nil {
		item, reflects, err = query.PastItem{Item: key, Past: *past}.Handle(requestContext(c), i.ledger, i.store)
	}
	if err != nil {
		return err
	}
	return answerVersion(c, conditions, aggregateVersion{item.Version, reflects, item.AppendJSON})
}

// readRequest reads what all reads of one item have in common: its name and the parameters
// that the read takes. It waits for the position that the request wants.
func (i items) readRequest(c *gin.Context, names ...string) (stock.Key, parameters, error) {
	key, err := i.itemKey(c)
	if err != nil {
		return stock.Key{}, nil, err
	}
	params, err := parseQuery(c.Request.URL.RawQuery, names...)
	if err != nil {
		return stock.Key{}, nil, err
	}
	return key, params, waitForPosition(c, i.ledger)
}

// itemHistory is GET …/items/{sku}/events.
func (i items) itemHistory(c *gin.Context) error {
	key, params, err := i.readRequest(c, "limit", "cursor")
	if err != nil {
		return err
	}
	limit, err := params.limit()
	if err != nil {
		return err
	}
	ask := query.ItemHistory{Item: key, Limit: limit, Cursor: params.text("cursor")}
	page, err := ask.Handle(requestContext(c), i.ledger, i.store)
	if err != nil {
		return err
	}
	setPosition(c, page.Position)
	body := appendEvents([]byte(`{"events":`), i.source, page.Events)
	writeJSON(c, append(appendNextCursor(body, page.NextCursor), '}'))
	return nil
}

// explainItem is GET …/items/{sku}/explain.
func (i items) explainItem(c *gin.Context) error {
	key, _, err := i.readRequest(c)
	if err != nil {
		return err
	}
	e, err := query.ExplainItem{Item: key}.Handle(requestContext(c), i.ledger, i.store)
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
	writeJSON(c, append(appendEvents(body, i.source, e.Events), '}'))
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
