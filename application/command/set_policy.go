package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
)

// SetPolicy sets the merchant's policy for one item. A member that is left out stays as
// it is; a threshold of null takes the threshold away. A policy that an existing item has already
// writes nothing.
type SetPolicy struct {
	Item              stock.Key `json:"-"`
	SafetyStock       *int64    `json:"safetyStock,omitempty"`
	OversellLimit     *int64    `json:"oversellLimit,omitempty"`
	LowStockThreshold Threshold `json:"lowStockThreshold,omitzero"`
}

// Threshold is a number of units, none (null), or nothing said.
type Threshold struct {
	Given bool
	Units *int64 // nil: none
}

// UnmarshalJSON notes that the member was given, if only as null.
func (t *Threshold) UnmarshalJSON(text []byte) error {
	t.Given, t.Units = true, nil
	if bytes.Equal(text, []byte("null")) {
		return nil
	}
	units, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return fmt.Errorf("read threshold: %w", err)
	}
	t.Units = &units
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (t Threshold) MarshalJSON() ([]byte, error) { return json.Marshal(t.Units) }

// TakesNull tells that null means something for the threshold, and for nothing
// else.
func (c *SetPolicy) TakesNull(pointer string) bool { return pointer == "/lowStockThreshold" }

// Validate checks what can be checked without the item.
func (c *SetPolicy) Validate(Rules) error {
	quantity := []validation.Rule{validation.Min(int64(0)), validation.Max(stock.MaxQuantity)}
	return validation.ValidateStruct(c,
		validation.Field(&c.SafetyStock, quantity...),
		validation.Field(&c.OversellLimit, quantity...),
		validation.Field(&c.LowStockThreshold, validation.By(func(any) error {
			return validation.Validate(c.LowStockThreshold.Units, quantity...)
		})),
	)
}

// Handle carries the command out. Refusals are those of stock.Item's SetPolicy
// and *PreconditionError; other errors those of ledger.Ledger's Execute.
func (c *SetPolicy) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[ItemResult], error) {
	return handle[ItemResult](ctx, l, call, c)
}

func (c *SetPolicy) name() string      { return "set_policy" }
func (c *SetPolicy) subject() any      { return c.Item }
func (c *SetPolicy) keys() ledger.Keys { return ledger.Keys{Items: []stock.Key{c.Item}} }

func (c *SetPolicy) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	return decideItem(tx, c.Item, when, nil, func(item stock.Item) ([]stock.Event, error) {
		policy := c.over(item.Policy)
		if item.Exists() && policy.Equal(item.Policy) {
			return nil, nil
		}
		return item.SetPolicy(policy, tx.Now())
	})
}

// over returns p with the given members in place of its own.
func (c *SetPolicy) over(p stock.Policy) stock.Policy {
	if c.SafetyStock != nil {
		p.SafetyStock = *c.SafetyStock
	}
	if c.OversellLimit != nil {
		p.OversellLimit = *c.OversellLimit
	}
	if c.LowStockThreshold.Given {
		p.LowStockThreshold = c.LowStockThreshold.Units
	}
	return p
}
