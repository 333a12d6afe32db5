package httpapi

import (
	"errors"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
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

// moveStock is POST …/moves.
func (s *Server) moveStock(c *gin.Context) error {
	cmd := command.MoveStock{}
	return s.change(c, &cmd, &cmd.Item, func(call command.Call) (command.ItemOutcome, error) {
		return cmd.Handle(c.Request.Context(), s.ledger, call)
	})
}

// setPolicy is PUT …/policy.
func (s *Server) setPolicy(c *gin.Context) error {
	cmd := command.SetPolicy{}
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
		record(c).DryRun = true
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
