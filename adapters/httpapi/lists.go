package httpapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/stock"
)

// listItems is GET /v1/stores/{store}/items.
func (s *Server) listItems(c *gin.Context) error {
	store, err := url.PathUnescape(c.Param("store"))
	if err != nil {
		return errRouteNotFound
	}
	if err := stock.CheckStore(store); err != nil {
		return err
	}
	params, err := parseQuery(c.Request.URL.RawQuery, "limit", "cursor", "skuPrefix", "availableAtMost")
	if err != nil {
		return err
	}
	ask := query.ListItems{Store: store, Cursor: params.text("cursor")}
	if ask.Limit, err = params.limit(); err != nil {
		return err
	}
	if ask.SKUPrefix, err = params.skuPrefix(); err != nil {
		return err
	}
	if ask.AvailableAtMost, err = params.number("availableAtMost"); err != nil {
		return err
	}
	if err := s.waitForPosition(c); err != nil {
		return err
	}
	page, err := ask.Handle(c.Request.Context(), s.ledger)
	if err != nil {
		return err
	}
	position(c, page.Position)
	body := make([]byte, 0, 64+256*len(page.Items))
	body = append(body, `{"items":[`...)
	for i, item := range page.Items {
		if i > 0 {
			body = append(body, ',')
		}
		body = item.AppendJSON(body)
	}
	writeJSON(c, append(appendNextCursor(append(body, ']'), page.NextCursor), '}'))
	return nil
}

// listStores is GET /v1/stores.
func (s *Server) listStores(c *gin.Context) error {
	params, err := parseQuery(c.Request.URL.RawQuery, "limit", "cursor")
	if err != nil {
		return err
	}
	ask := query.ListStores{Cursor: params.text("cursor")}
	if ask.Limit, err = params.limit(); err != nil {
		return err
	}
	if err := s.waitForPosition(c); err != nil {
		return err
	}
	page, err := ask.Handle(s.ledger)
	if err != nil {
		return err
	}
	stores, err := json.Marshal(page.Stores)
	if err != nil {
		return fmt.Errorf("encode stores: %w", err)
	}
	position(c, page.Position)
	body := append([]byte(`{"stores":`), stores...)
	writeJSON(c, append(appendNextCursor(body, page.NextCursor), '}'))
	return nil
}

// skuPrefix reads the beginning of SKUs, composed as they are.
func (p parameters) skuPrefix() (string, error) {
	prefix := p.text("skuPrefix")
	if err := command.CheckText(prefix, stock.MaxSKUBytes); err != nil {
		return "", &queryError{detail: "skuPrefix " + err.Error()}
	}
	return norm.NFC.String(prefix), nil
}

// number reads an optional whole number.
func (p parameters) number(name string) (*int64, error) {
	if p[name] == nil {
		return nil, nil //nolint:nilnil // nil is "not given"
	}
	n, err := strconv.ParseInt(p.text(name), 10, 64)
	if err != nil {
		return nil, &queryError{detail: name + " must be a whole number"}
	}
	return &n, nil
}
