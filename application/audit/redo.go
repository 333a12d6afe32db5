package audit

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Every event must be one that the domain decides on the state before it: asked
// for the same, at the same time, it comes to the same. So whatever the domain
// refuses, an oversell first of all, no sound log can hold.

// news is a fact that must follow the event before it, or must not come.
type news map[stock.Key]stock.Change

// redoItem decides an item's event again. What must follow it is kept in news.
func (n news) redoItem(item stock.Item, fact stock.Event) error {
	if want, awaited := n[item.Key]; awaited {
		delete(n, item.Key)
		return same(want, fact.Change)
	}
	if _, expired := fact.Change.(stock.Expired); !expired && item.Overdue(fact.At) > 0 {
		return errors.New("a hold came to its deadline before, and no event says so")
	}
	decided, err := decideItem(item, fact)
	if err != nil {
		return fmt.Errorf("it would be refused: %w", err)
	}
	if len(decided) > 1 {
		n[item.Key] = decided[1].Change
	}
	if len(decided) == 0 {
		return errors.New("nothing would be decided")
	}
	return same(decided[0].Change, fact.Change)
}

func decideItem(item stock.Item, fact stock.Event) ([]stock.Event, error) {
	switch c := fact.Change.(type) {
	case stock.Adjusted:
		return item.Adjust(c.Delta, c.Note, fact.At)
	case stock.Counted:
		return item.Count(c.OnHand, c.Note, fact.At)
	case stock.Moved:
		return item.Move(c.From, c.To, c.Quantity, c.Note, fact.At)
	case stock.PolicySet:
		return item.SetPolicy(c.Policy, fact.At)
	case stock.Reserved:
		var before *stock.Hold
		if c.Replaces != nil {
			before = &stock.Hold{ReservationID: c.ReservationID, Quantity: c.Replaces.Quantity, ExpiresAt: c.Replaces.ExpiresAt}
		}
		return item.Reserve(stock.Hold{ReservationID: c.ReservationID, Quantity: c.Quantity, ExpiresAt: c.ExpiresAt}, before,
			fact.At)
	case stock.Extended:
		return []stock.Event{{Change: c}}, nil // only older logs have it, and holdMatches has checked it
	case stock.Committed:
		return item.Commit(stock.Hold{ReservationID: c.ReservationID, ExpiresAt: c.ExpiresAt}, c.Quantity, fact.At)
	case stock.Released:
		return item.Release(stock.Hold{ReservationID: c.ReservationID, ExpiresAt: c.ExpiresAt}, c.Quantity, fact.At), nil
	case stock.Expired:
		return item.Expire(fact.At, 1), nil
	case stock.Returned:
		return item.Return(c.Source, c.Quantity, fact.At)
	case stock.Shipped:
		return item.Ship(c.TransferID, c.Quantity, fact.At)
	case stock.Incoming:
		return item.Expect(c.TransferID, c.Delta, fact.At)
	case stock.Received:
		return item.Receive(c.TransferID, c.Good, c.Damaged, fact.At)
	case stock.Lost:
		return item.Lose(c.TransferID, c.Quantity, fact.At), nil
	default: // news that no event before it makes
		return nil, nil
	}
}

func redoReservation(r reservation.Reservation, fact reservation.Event) error {
	var decided []reservation.Event
	var err error
	switch c := fact.Change.(type) {
	case reservation.Created:
		decided, err = r.Place(c.Terms, fact.At)
	case reservation.Replaced:
		decided, err = r.Place(c.Terms, fact.At)
	case reservation.Extended:
		if decided, err = r.Extend(c.ExpiresAt, fact.At); err == nil && c.ItemsTell {
			decided[0].Change = c
		}
	case reservation.Committed:
		decided, err = r.Commit(c.Lines, reservation.KeepRemainder, fact.At)
	case reservation.Released:
		decided, err = r.Release(c.Lines, fact.At)
	case reservation.Returned:
		decided, err = r.Return(c.Lines, fact.At)
	case reservation.Expired:
		decided = r.Expire(fact.At)
	}
	if err != nil {
		return fmt.Errorf("it would be refused: %w", err)
	}
	if len(decided) != 1 {
		return fmt.Errorf("%d events would be decided", len(decided))
	}
	return same(decided[0].Change, fact.Change)
}

func redoTransfer(t transfer.Transfer, fact transfer.Event) error {
	var decided []transfer.Event
	var err error
	switch c := fact.Change.(type) {
	case transfer.Shipped:
		decided, err = t.Ship(c.From, c.To, c.Lines, c.Reference, fact.At)
	case transfer.Received:
		decided, err = t.Receive(c.Lines, fact.At)
	case transfer.Cancelled:
		decided, err = t.Cancel(fact.At)
	}
	if err != nil {
		return fmt.Errorf("it would be refused: %w", err)
	}
	return same(decided[0].Change, fact.Change)
}

func same[C any](decided, told C) error {
	if !reflect.DeepEqual(decided, told) {
		return fmt.Errorf("%T %+v would be decided", decided, decided)
	}
	return nil
}
