package command

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// ItemResult is the answer of a command on one item: the item after it.
type ItemResult struct {
	stock.Item
	// ReservationsAtRisk is how many promised units a count left without stock.
	ReservationsAtRisk int64 `json:"reservationsAtRisk,omitempty"`
}

// AppendJSON implements ledger.Result.
func (r ItemResult) AppendJSON(dst []byte) []byte {
	dst = r.Item.AppendJSON(dst)
	if r.ReservationsAtRisk == 0 {
		return dst
	}
	dst = append(dst[:len(dst)-1], `,"reservationsAtRisk":`...)
	dst = strconv.AppendInt(dst, r.ReservationsAtRisk, 10)
	return append(dst, '}')
}

// ItemOutcome is what became of a command on one item.
type ItemOutcome struct {
	ItemResult
	Position event.Position // of the commit; 0 for a dry run
	Replayed bool           // the effect is that of an earlier call with the same key
	DryRun   bool           // there is no effect
}

// execute runs a command on one item: preconditions, then the decision.
func execute(ctx context.Context, l *ledger.Ledger, call Call, request ledger.Request, expected *event.Version,
	decide func(stock.Item, *ledger.Tx) ([]stock.Event, error),
) (ItemOutcome, error) {
	key := request.Items[0]
	request.Decide = func(tx *ledger.Tx) (ledger.Result, error) {
		item := tx.Item(key)
		if err := call.check(item.Levels, expected); err != nil {
			return nil, err
		}
		events, err := decide(item, tx)
		if err != nil {
			return nil, err
		}
		tx.Record(key, events)
		result := ItemResult{Item: tx.Item(key)}
		for _, e := range events {
			if counted, ok := e.Change.(stock.Counted); ok {
				result.ReservationsAtRisk = counted.AtRisk
			}
		}
		return result, nil
	}
	outcome, err := l.Execute(ctx, request)
	if err != nil {
		return ItemOutcome{}, err
	}
	answer := ItemOutcome{Position: outcome.Position, Replayed: outcome.Replayed, DryRun: request.DryRun}
	if outcome.Replayed {
		if err := json.Unmarshal(outcome.Stored, &answer.ItemResult); err != nil {
			return ItemOutcome{}, fmt.Errorf("read stored result: %w", err)
		}
		return answer, nil
	}
	answer.ItemResult = outcome.Result.(ItemResult)
	return answer, nil
}
