package httpapi

import (
	"encoding/json"
	"fmt"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/query"
)

// stores answers /v1/stores.
type stores struct{ ledger *ledger.Ledger }

// listStores is GET /v1/stores.
func (s stores) listStores(c *gin.Context) error {
	params, err := parseQuery(c.Request.URL.RawQuery, "limit", "cursor")
	if err != nil {
		return err
	}
	ask := query.ListStores{Cursor: params.text("cursor")}
	if ask.Limit, err = params.limit(); err != nil {
		return err
	}
	if err := waitForPosition(c, s.ledger); err != nil {
		return err
	}
	page, err := ask.Handle(s.ledger)
	if err != nil {
		return err
	}
	list, err := json.Marshal(page.Stores)
	if err != nil {
		return fmt.Errorf("encode stores: %w", err)
	}
	setPosition(c, page.Position)
	body := append([]byte(`{"stores":`), list...)
	writeJSON(c, append(appendNextCursor(body, page.NextCursor), '}'))
	return nil
}
