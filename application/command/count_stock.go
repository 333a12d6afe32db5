package command

import (
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// CountStock sets the units on hand of one item to the result of a count.
type CountStock struct {
	Item            stock.Key      `json:"-"`
	OnHand          *int64         `json:"onHand"` // a pointer, since 0 is a count and nothing is none
	Reason          string         `json:"reason,omitempty"`
	Reference       string         `json:"reference,omitempty"`
	ExpectedVersion *event.Version `json:"expectedVersion,omitempty"`
}

// Validate checks what can be checked without the item.
func (c *CountStock) Validate(Rules) error {
	return validation.ValidateStruct(c,
		validation.Field(&c.OnHand,
			validation.NotNil.Error("is required"),
			validation.Min(int64(0)), validation.Max(stock.MaxQuantity)),
		validation.Field(&c.Reason, reasonRules...),
		validation.Field(&c.Reference, referenceRules...),
		validation.Field(&c.ExpectedVersion, versionRules...),
	)
}

// Handle carries the command out. Refusals are those of stock.Item's Count,
// *PreconditionError and *VersionConflictError; other errors those of
// ledger.Ledger's Execute.
func (c *CountStock) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[ItemResult], error) {
	return handle[ItemResult](ctx, l, call, c)
}

func (c *CountStock) name() string      { return "count_stock" }
func (c *CountStock) subject() any      { return c.Item }
func (c *CountStock) keys() ledger.Keys { return ledger.Keys{Items: []stock.Key{c.Item}} }

func (c *CountStock) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	return decideItem(tx, c.Item, when, c.ExpectedVersion, func(item stock.Item) ([]stock.Event, error) {
		return item.Count(*c.OnHand, stock.Note{Reason: c.Reason, Reference: c.Reference}, tx.Now())
	})
}
