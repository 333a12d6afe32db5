package command

import (
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
)

// MoveStock puts Quantity units of one item from one state into another.
type MoveStock struct {
	Item     stock.Key   `json:"-"`
	From     stock.State `json:"from"`
	To       stock.State `json:"to"`
	Quantity int64       `json:"quantity"`
	Reason   string      `json:"reason,omitempty"`
}

var stateRule = validation.In(stock.SellableState, stock.DamagedState, stock.QualityControlState).
	Error("must be sellable, damaged or qualityControl")

// Validate checks what can be checked without the item.
func (c *MoveStock) Validate(Rules) error {
	return validation.ValidateStruct(c,
		validation.Field(&c.From, validation.Required.Error("is required"), stateRule),
		validation.Field(&c.To, validation.Required.Error("is required"), stateRule,
			validation.NotIn(c.From).Error("must differ from the member from")),
		validation.Field(&c.Quantity, validation.Required.Error("is required and must be 1 or more"),
			validation.Min(int64(1)), validation.Max(stock.MaxQuantity)),
		validation.Field(&c.Reason, reasonRules...),
	)
}

// Handle carries the command out. Refusals are those of stock.Item's Move and
// *PreconditionError; other errors those of ledger.Ledger's Execute.
func (c *MoveStock) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[ItemResult], error) {
	return handle[ItemResult](ctx, l, call, c)
}

func (c *MoveStock) name() string      { return "move_stock" }
func (c *MoveStock) subject() any      { return c.Item }
func (c *MoveStock) keys() ledger.Keys { return ledger.Keys{Items: []stock.Key{c.Item}} }

func (c *MoveStock) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	return decideItem(tx, c.Item, when, nil, func(item stock.Item) ([]stock.Event, error) {
		return item.Move(c.From, c.To, c.Quantity, stock.Note{Reason: c.Reason}, tx.Now())
	})
}
