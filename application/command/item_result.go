package command

import (
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

// decideItem judges a command on one item: preconditions, then the decision. A decision without
// events writes nothing, expired holds included.
func decideItem(tx *ledger.Tx, key stock.Key, when Preconditions, expected *event.Version,
	decide func(stock.Item) ([]stock.Event, error),
) (ledger.Result, error) {
	item := tx.Item(key)
	if err := when.check(item.Version, expected); err != nil {
		return nil, err
	}
	events, err := decide(item)
	if err != nil {
		return nil, err
	}
	if len(events) > 0 {
		tx.Record(key, events)
	}
	result := ItemResult{Item: tx.Item(key)}
	for _, e := range events {
		if counted, ok := e.Change.(stock.Counted); ok {
			result.ReservationsAtRisk = counted.AtRisk
		}
	}
	return result, nil
}
