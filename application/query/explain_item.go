package query

import (
	"context"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// What an explanation shows at most.
const (
	explainedEvents = 10  // the last ones
	explainedHolds  = 100 // those that expire first
)

// ExplainItem asks for the reasons of an item's numbers.
type ExplainItem struct {
	Item stock.Key
}

// Term is one summand of an item's available units.
type Term struct {
	Name  string `json:"term"`
	Value int64  `json:"value"`
}

// HeldUnits is one live hold on an item.
type HeldUnits struct {
	stock.Hold
	Owner string
}

// Explanation is an item, how its available units come about, the holds with their owners and
// what happened to it last, all of the same moment.
type Explanation struct {
	Item         stock.Item
	Arithmetic   []Term // the last is the sum of those before it
	Holds        []HeldUnits
	HoldsOmitted int // how many more there are
	Events       []ports.StreamEvent
	Position     event.Position
}

// Handle explains the item, or gives ErrItemNotFound or what
// ports.EventStore's Stream gives.
func (q ExplainItem) Handle(ctx context.Context, l *ledger.Ledger, store ports.EventStore) (Explanation, error) {
	item, position, err := GetItem(q).Handle(ctx, l)
	if err != nil {
		return Explanation{}, err
	}
	events, _, err := lastEvents(ctx, store, q.Item, item.Version, explainedEvents)
	if err != nil {
		return Explanation{}, err
	}
	var holds []HeldUnits
	for h := range item.Holds() {
		if len(holds) == explainedHolds {
			break
		}
		// The reservation may have gone on since; its owner stays the same.
		r, _, err := l.Reservation(ctx, h.ReservationID)
		if err != nil {
			return Explanation{}, err
		}
		holds = append(holds, HeldUnits{Hold: h, Owner: r.Owner})
	}
	return Explanation{
		Item: item,
		Arithmetic: []Term{
			{Name: "onHand", Value: item.OnHand},
			{Name: "damaged", Value: -item.Damaged},
			{Name: "qualityControl", Value: -item.QualityControl},
			{Name: "reserved", Value: -item.Reserved},
			{Name: "safetyStock", Value: -item.Policy.SafetyStock},
			{Name: "available", Value: item.Available()},
		},
		Holds:        holds,
		HoldsOmitted: item.HoldCount() - len(holds),
		Events:       events,
		Position:     position,
	}, nil
}
