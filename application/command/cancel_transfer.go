package command

import (
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// CancelTransfer turns everything that is still on its way back to its source.
type CancelTransfer struct {
	ID string `json:"-"`
}

// Validate checks what can be checked without the transfer.
func (c *CancelTransfer) Validate(Rules) error {
	return validation.ValidateStruct(c, validation.Field(&c.ID, idRule))
}

// Handle carries the command out. Refusals are transfer.ErrNotFound, those of
// transfer.Transfer's Cancel, *stock.QuantityError and *PreconditionError; other
// errors those of ledger.Ledger's Execute.
func (c *CancelTransfer) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[TransferResult], error) {
	return handle[TransferResult](ctx, l, call, c)
}

func (c *CancelTransfer) name() string      { return "cancel_transfer" }
func (c *CancelTransfer) subject() any      { return c.ID }
func (c *CancelTransfer) keys() ledger.Keys { return transferKeys(c.ID) }

func (c *CancelTransfer) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	t, err := existingTransfer(tx, c.ID, when)
	if err != nil {
		return nil, err
	}
	events, err := t.Cancel(tx.Now())
	if err != nil {
		return nil, err
	}
	var p plan
	for _, u := range events[0].Change.(transfer.Cancelled).Lines {
		from, to := tx.Item(stock.Key{Store: t.From, SKU: u.SKU}), tx.Item(stock.Key{Store: t.To, SKU: u.SKU})
		unexpected, err := to.Expect(c.ID, -u.Quantity, tx.Now())
		if err := p.add(to.Key, unexpected, err); err != nil {
			return nil, err
		}
		back, err := from.Return(stock.Source{TransferID: c.ID}, u.Quantity, tx.Now())
		if err := p.add(from.Key, back, err); err != nil {
			return nil, err
		}
	}
	return changeTransfer(tx, c.ID, events, &p)
}
