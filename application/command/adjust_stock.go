package command

import (
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// AdjustStock raises or lowers the units on hand of one item by Delta.
type AdjustStock struct {
	Item            stock.Key      `json:"-"`
	Delta           int64          `json:"delta"`
	Reason          string         `json:"reason,omitempty"`
	Reference       string         `json:"reference,omitempty"`
	ExpectedVersion *event.Version `json:"expectedVersion,omitempty"`
}

var deltaRules = []validation.Rule{
	validation.Required.Error("is required and must not be 0"),
	validation.Min(-stock.MaxQuantity), validation.Max(stock.MaxQuantity),
}

// Validate checks what can be checked without the item.
func (c *AdjustStock) Validate(Rules) error {
	return validation.ValidateStruct(c,
		validation.Field(&c.Delta, deltaRules...),
		validation.Field(&c.Reason, reasonRules...),
		validation.Field(&c.Reference, referenceRules...),
		validation.Field(&c.ExpectedVersion, versionRules...),
	)
}

// Handle carries the command out. Refusals are those of stock.Item's Adjust,
// *PreconditionError and *VersionConflictError; other errors those of
// ledger.Ledger's Execute.
func (c *AdjustStock) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[ItemResult], error) {
	return handle[ItemResult](ctx, l, call, c)
}

func (c *AdjustStock) name() string      { return "adjust_stock" }
func (c *AdjustStock) subject() any      { return c.Item }
func (c *AdjustStock) keys() ledger.Keys { return ledger.Keys{Items: []stock.Key{c.Item}} }

func (c *AdjustStock) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	return decideItem(tx, c.Item, when, c.ExpectedVersion, func(item stock.Item) ([]stock.Event, error) {
		return item.Adjust(c.Delta, stock.Note{Reason: c.Reason, Reference: c.Reference}, tx.Now())
	})
}
