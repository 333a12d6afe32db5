package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

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
	cmd := &command.AdjustStock{}
	return s.changeItem(c, cmd, &cmd.Item, cmd.Handle)
}

// countStock is PUT …/count.
func (s *Server) countStock(c *gin.Context) error {
	cmd := &command.CountStock{}
	return s.changeItem(c, cmd, &cmd.Item, cmd.Handle)
}

// moveStock is POST …/moves.
func (s *Server) moveStock(c *gin.Context) error {
	cmd := &command.MoveStock{}
	return s.changeItem(c, cmd, &cmd.Item, cmd.Handle)
}

// setPolicy is PUT …/policy.
func (s *Server) setPolicy(c *gin.Context) error {
	cmd := &command.SetPolicy{}
	return s.changeItem(c, cmd, &cmd.Item, cmd.Handle)
}

func (s *Server) changeItem(c *gin.Context, cmd command.Operation, item *stock.Key, handle handler[command.ItemResult]) (err error) {
	if *item, err = itemKey(c); err != nil {
		return err
	}
	outcome, err := change(s, c, cmd, decode, handle)
	if err != nil {
		return err
	}
	answer(c, outcome, http.StatusOK, outcome.Result.Version, outcome.Result.AppendJSON(make([]byte, 0, 512)))
	return nil
}

// handler is how a command is carried out.
type handler[R ledger.Result] func(context.Context, *ledger.Ledger, command.Call) (command.Outcome[R], error)

// change is what all commands have in common once the path is read: headers,
// body, validation, in this order, then the command itself.
func change[R ledger.Result](s *Server, c *gin.Context, cmd command.Operation, decode func(*gin.Context, any) error, handle handler[R]) (command.Outcome[R], error) {
	call, err := s.call(c)
	if err != nil {
		return command.Outcome[R]{}, err
	}
	if err := decode(c, cmd); err != nil {
		return command.Outcome[R]{}, err
	}
	if err := cmd.Validate(); err != nil {
		return command.Outcome[R]{}, err
	}
	return handle(requestContext(c), s.ledger, call)
}

// answer answers a command with the aggregate that it changed, at its version; 0
// is for what has none.
func answer[R ledger.Result](c *gin.Context, o command.Outcome[R], status int, version event.Version, body []byte) {
	if o.DryRun {
		record(c).DryRun = true
		body = append(body[:len(body)-1], `,"dryRun":true}`...)
	} else {
		if version > 0 {
			setETag(c, version)
		}
		if o.Position > 0 { // else nothing was written
			setPosition(c, o.Position)
		}
	}
	if o.Replayed {
		setHeader(c, "Idempotent-Replayed", "true")
		record(c).Replayed = true
	}
	send(c, status, typeJSON, body)
}
