package audit

import (
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// holdMatches checks that an event fits the hold that it is about.
func holdMatches(item stock.Item, fact stock.Event) error {
	switch c := fact.Change.(type) {
	case stock.Reserved:
		if !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(fact.At) {
			return errors.New("the deadline has come before the hold")
		}
		if c.Replaces != nil {
			return holds(item, c.ReservationID, c.Replaces.ExpiresAt, c.Replaces.Quantity, c.Replaces.Quantity)
		}
		if _, there := item.Hold(c.ReservationID, c.ExpiresAt); there {
			return errors.New("the reservation holds units of the item already")
		}
		return nil
	case stock.Extended:
		if err := live(item, c.ReservationID, c.Before, 1, fact.At); err != nil {
			return err
		}
		if !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(fact.At) {
			return errors.New("the new deadline has come before the extension")
		}
		return nil
	case stock.Committed:
		return live(item, c.ReservationID, c.ExpiresAt, c.Quantity, fact.At)
	case stock.Released:
		return live(item, c.ReservationID, c.ExpiresAt, c.Quantity, fact.At)
	case stock.Expired:
		return holds(item, c.ReservationID, fact.At, c.Quantity, c.Quantity)
	default:
		return nil
	}
}

// live checks for a hold of at least some units with a deadline that has not come.
func live(item stock.Item, id string, expiresAt time.Time, units int64, now time.Time) error {
	if !expiresAt.IsZero() && !now.Before(expiresAt) {
		return fmt.Errorf("the hold expired at %v", expiresAt)
	}
	return holds(item, id, expiresAt, units, stock.MaxQuantity)
}

func holds(item stock.Item, id string, expiresAt time.Time, least, most int64) error {
	hold, ok := item.Hold(id, expiresAt)
	if !ok {
		return fmt.Errorf("there is no hold of %q until %v", id, expiresAt)
	}
	if hold.Quantity < least || hold.Quantity > most {
		return fmt.Errorf("the hold of %q has %d units", id, hold.Quantity)
	}
	return nil
}

// prolong gives the items' holds the deadline that an event of their reservation tells, if it does.
func prolong(items map[stock.Key]*stock.Item, r *reservation.Reservation, fact reservation.Event) error {
	c, extended := fact.Change.(reservation.Extended)
	if !extended || c.ItemsTell {
		return nil
	}
	if !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(fact.At) {
		return errors.New("the new deadline has come before the extension")
	}
	for _, l := range r.Lines {
		if l.Remaining == 0 {
			continue
		}
		item := items[l.Key]
		if item == nil || !item.Prolong(r.ID, r.ExpiresAt, c.ExpiresAt) {
			return fmt.Errorf("item %v has no hold of the reservation until %v", l.Key, r.ExpiresAt)
		}
	}
	return nil
}
