package command

import (
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// CountStock sets what is on hand of one item to what somebody counted.
type CountStock struct {
	Item            stock.Key      `json:"-"`
	OnHand          *int64         `json:"onHand"` // a pointer, since 0 is a count and nothing is none
	Reason          string         `json:"reason,omitempty"`
	Reference       string         `json:"reference,omitempty"`
	ExpectedVersion *event.Version `json:"expectedVersion,omitempty"`
}

// Validate checks what can be checked without the item.
func (c *CountStock) Validate() error {
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
func (c *CountStock) Handle(ctx context.Context, l *ledger.Ledger, call Call) (ItemOutcome, error) {
	request, err := call.request("count_stock", c.Item, c)
	if err != nil {
		return ItemOutcome{}, err
	}
	return execute(ctx, l, call, request, c.ExpectedVersion,
		func(item stock.Item, tx *ledger.Tx) ([]stock.Event, error) {
			return item.Count(*c.OnHand, stock.Note{Reason: c.Reason, Reference: c.Reference}, tx.Now())
		})
}
