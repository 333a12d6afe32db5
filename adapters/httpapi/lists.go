package httpapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
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
	page, err := ask.Handle(requestContext(c), s.ledger)
	if err != nil {
		return err
	}
	setPosition(c, page.Position)
	writePage(c, "items", page.Items, stock.Item.AppendJSON, page.NextCursor)
	return nil
}

// writePage answers with one page of a list.
func writePage[T any](c *gin.Context, name string, entries []T, appendJSON func(T, []byte) []byte, nextCursor string) {
	body := make([]byte, 0, 64+320*len(entries))
	body = append(append(append(body, `{"`...), name...), `":[`...)
	for i, entry := range entries {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendJSON(entry, body)
	}
	writeJSON(c, append(appendNextCursor(append(body, ']'), nextCursor), '}'))
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
	setPosition(c, page.Position)
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

// item reads the store and SKU that a list is narrowed to, empty where it is not.
func (p parameters) item() (store, sku string, err error) {
	if p["store"] != nil {
		store = p.text("store")
		if err := stock.CheckStore(store); err != nil {
			return "", "", &queryError{detail: err.Error()}
		}
	}
	if p["sku"] != nil {
		if sku, err = stock.NormalizeSKU(p.text("sku")); err != nil {
			return "", "", &queryError{detail: err.Error()}
		}
	}
	return store, sku, nil
}

// oneOf reads an optional parameter that has a few values; empty if not given.
func oneOf[T ~string](p parameters, name string, values ...T) (T, error) {
	if p[name] == nil || slices.Contains(values, T(p.text(name))) {
		return T(p.text(name)), nil
	}
	return "", &queryError{detail: fmt.Sprintf("%s must be one of %v", name, values)}
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
