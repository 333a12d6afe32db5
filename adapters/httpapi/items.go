package httpapi

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// items answers /v1/stores/{store}/items.
type items struct {
	commands
	store  ports.EventStore
	source string // of events
}

// itemKey reads the item that the path names.
func (i items) itemKey(c *gin.Context) (stock.Key, error) {
	store, storeErr := url.PathUnescape(c.Param("store"))
	sku, skuErr := url.PathUnescape(c.Param("sku"))
	if err := errors.Join(storeErr, skuErr); err != nil {
		return stock.Key{}, errRouteNotFound
	}
	return i.rules.Names.Key(store, sku)
}

// adjustStock is POST …/adjustments.
func (i items) adjustStock(c *gin.Context) error {
	cmd := &command.AdjustStock{}
	return i.change(c, cmd, &cmd.Item, cmd.Handle)
}

// countStock is PUT …/count.
func (i items) countStock(c *gin.Context) error {
	cmd := &command.CountStock{}
	return i.change(c, cmd, &cmd.Item, cmd.Handle)
}

// moveStock is POST …/moves.
func (i items) moveStock(c *gin.Context) error {
	cmd := &command.MoveStock{}
	return i.change(c, cmd, &cmd.Item, cmd.Handle)
}

// setPolicy is PUT …/policy.
func (i items) setPolicy(c *gin.Context) error {
	cmd := &command.SetPolicy{}
	return i.change(c, cmd, &cmd.Item, cmd.Handle)
}

func (i items) change(
	c *gin.Context, cmd command.Operation, item *stock.Key, handle commandHandler[command.ItemResult],
) (err error) {
	if *item, err = i.itemKey(c); err != nil {
		return err
	}
	outcome, err := runCommand(c, i.commands, cmd, decode, handle)
	if err != nil {
		return err
	}
	body := outcome.Result.AppendJSON(make([]byte, 0, 512))
	answerCommand(c, outcome, http.StatusOK, outcome.Result.Version, body)
	return nil
}
