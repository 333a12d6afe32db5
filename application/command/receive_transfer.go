package command

import (
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// ReceiveTransfer tells what became of units on their way: all pending ones
// arrived in good state, or Lines.
type ReceiveTransfer struct {
	ID    string             `json:"-"`
	Lines []transfer.Arrival `json:"lines,omitempty"` // empty: all pending ones are good
}

// Validate checks what can be checked without the transfer.
func (c *ReceiveTransfer) Validate(rules Rules) error {
	err := validation.ValidateStruct(c,
		validation.Field(&c.ID, idRule),
		validation.Field(&c.Lines, allOrSome, lineCount, validation.Each(validation.By(rules.checkArrival))),
	)
	if err != nil {
		return err
	}
	for i := range c.Lines {
		if c.Lines[i].SKU, err = rules.Names.SKU(c.Lines[i].SKU); err != nil {
			return err
		}
	}
	return nil
}

// Handle carries the command out. Refusals are transfer.ErrNotFound, those of
// transfer.Transfer's Receive, *stock.QuantityError and *PreconditionError;
// other errors those of ledger.Ledger's Execute.
func (c *ReceiveTransfer) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[TransferResult], error) {
	return handle[TransferResult](ctx, l, call, c)
}

func (c *ReceiveTransfer) lineCount() int    { return len(c.Lines) }
func (c *ReceiveTransfer) name() string      { return "receive_transfer" }
func (c *ReceiveTransfer) subject() any      { return c.ID }
func (c *ReceiveTransfer) keys() ledger.Keys { return transferKeys(c.ID) }

func (c *ReceiveTransfer) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	t, err := existingTransfer(tx, c.ID, when)
	if err != nil {
		return nil, err
	}
	events, err := t.Receive(c.Lines, tx.Now())
	if err != nil {
		return nil, err
	}
	var p plan
	for _, a := range events[0].Change.(transfer.Received).Lines {
		item := tx.Item(stock.Key{Store: t.To, SKU: a.SKU})
		facts, err := arrive(item, c.ID, a, tx)
		if err := p.add(item.Key, facts, err); err != nil {
			return nil, err
		}
	}
	return changeTransfer(tx, c.ID, events, &p)
}

// arrive decides what an arrival does to its item.
func arrive(item stock.Item, id string, a transfer.Arrival, tx *ledger.Tx) ([]stock.Event, error) {
	var facts []stock.Event
	if a.Good+a.Damaged > 0 {
		var err error
		if facts, err = item.Receive(id, a.Good, a.Damaged, tx.Now()); err != nil {
			return nil, err
		}
		for _, e := range facts {
			item.Apply(e)
		}
	}
	if a.Lost > 0 {
		facts = append(facts, item.Lose(id, a.Lost, tx.Now())...)
	}
	return facts, nil
}

func transferKeys(id string) ledger.Keys { return ledger.Keys{Transfers: []string{id}, Lines: true} }
