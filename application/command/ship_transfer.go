package command

import (
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// ShipTransfer sends units of one or more SKUs from one store to another: all
// lines or none.
type ShipTransfer struct {
	From      string          `json:"from"`
	To        string          `json:"to"`
	Lines     []transfer.Unit `json:"lines"`
	Reference string          `json:"reference,omitempty"`

	made string // the transfer's id
}

// Validate checks what can be checked without the items, and adds up the lines
// of the same SKU.
func (c *ShipTransfer) Validate(rules Rules) error {
	err := validation.ValidateStruct(c,
		validation.Field(&c.From, validation.Required.Error("is required"), storeRule),
		validation.Field(&c.To, validation.Required.Error("is required"), storeRule,
			validation.NotIn(c.From).Error("must differ from the member from")),
		validation.Field(&c.Lines, validation.Required.Error("is required"), lineCount,
			validation.Each(validation.By(rules.checkUnit))),
		validation.Field(&c.Reference, referenceRules...),
	)
	if err != nil {
		return err
	}
	for i := range c.Lines {
		if c.Lines[i].SKU, err = rules.Names.SKU(c.Lines[i].SKU); err != nil {
			return err
		}
	}
	c.Lines, err = transfer.Sum(c.Lines)
	return err
}

var storeRule = validation.By(func(value any) error {
	if name := value.(string); name != "" {
		return problemOf(stock.CheckStore(name))
	}
	return nil
})

// Handle carries the command out. Refusals are *stock.InsufficientError with all
// short lines, *stock.QuantityError and *PreconditionError; other errors those of
// ledger.Ledger's Execute.
func (c *ShipTransfer) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[TransferResult], error) {
	call.Required = false // what gets a new name has no version to build on
	return handle[TransferResult](ctx, l, call, c)
}

func (c *ShipTransfer) lineCount() int             { return len(c.Lines) }
func (c *ShipTransfer) name() string               { return "ship_transfer" }
func (c *ShipTransfer) subject() any               { return nil }
func (c *ShipTransfer) giveID(newID func() string) { c.made = newID() }

func (c *ShipTransfer) keys() ledger.Keys {
	keys := ledger.Keys{Transfers: []string{c.made}}
	for _, u := range c.Lines {
		keys.Items = append(keys.Items, stock.Key{Store: c.From, SKU: u.SKU}, stock.Key{Store: c.To, SKU: u.SKU})
	}
	return keys
}

func (c *ShipTransfer) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	t := tx.Transfer(c.made)
	if err := when.check(t.Version, nil); err != nil {
		return nil, err
	}
	events, err := t.Ship(c.From, c.To, c.Lines, c.Reference, tx.Now())
	if err != nil {
		return nil, err
	}
	var p plan
	for _, u := range c.Lines {
		from, to := tx.Item(stock.Key{Store: c.From, SKU: u.SKU}), tx.Item(stock.Key{Store: c.To, SKU: u.SKU})
		shipped, err := from.Ship(c.made, u.Quantity, tx.Now())
		if err := p.add(from.Key, shipped, err); err != nil {
			return nil, err
		}
		expected, err := to.Expect(c.made, u.Quantity, tx.Now())
		if err := p.add(to.Key, expected, err); err != nil {
			return nil, err
		}
	}
	return changeTransfer(tx, c.made, events, &p)
}
