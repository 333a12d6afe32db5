package command_test

import (
	"slices"

	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// What commands on transfers do to the world.

func (w *world) ship(id, from, to string, units []transfer.Unit) error {
	var lacking []stock.Shortage
	t := trip{from: from, to: to}
	for _, u := range units {
		source, target := stock.Key{Store: from, SKU: u.SKU}, stock.Key{Store: to, SKU: u.SKU}
		if there := available(w.look(source)); u.Quantity > there {
			lacking = append(lacking, short(source, u.Quantity, there))
		}
		if w.look(target).Incoming+u.Quantity > stock.MaxQuantity {
			return tooMany("quantity")
		}
		t.lines = append(t.lines, tripLine{sku: u.SKU, sent: u.Quantity})
		w.touchItem(source)
		w.touchItem(target)
	}
	if len(lacking) > 0 {
		return w.refuse(lacking)
	}
	w.trips[id] = t
	w.touched[transfer.Stream(id)] = true
	return nil
}

func (w *world) underWay(id string) (trip, error) {
	t, known := w.trips[id]
	switch {
	case !known:
		return t, transfer.ErrNotFound
	case tripStatus(t) != transfer.InTransitStatus:
		return t, &transfer.ClosedError{Status: tripStatus(t)}
	default:
		w.touched[transfer.Stream(id)] = true
		return t, nil
	}
}

func (t trip) line(sku string) *tripLine {
	at := slices.IndexFunc(t.lines, func(l tripLine) bool { return l.sku == sku })
	if at < 0 {
		return &tripLine{}
	}
	return &t.lines[at]
}

// receive takes arrivals of which each is about another SKU.
func (w *world) receive(id string, arrivals []transfer.Arrival) error {
	t, err := w.underWay(id)
	if err != nil {
		return err
	}
	if len(arrivals) == 0 {
		for _, l := range t.lines {
			if l.pending() > 0 {
				arrivals = append(arrivals, transfer.Arrival{SKU: l.sku, Good: l.pending()})
			}
		}
	}
	var over []transfer.Excess
	for _, a := range arrivals {
		named, pending := a.Good+a.Damaged+a.Lost, t.line(a.SKU).pending()
		if named > pending {
			over = append(over, transfer.Excess{SKU: a.SKU, Requested: named, Pending: pending})
		}
	}
	if len(over) > 0 {
		return &transfer.ExceedsError{Lines: over}
	}
	for _, a := range arrivals {
		target := stock.Key{Store: t.to, SKU: a.SKU}
		if arrived := a.Good + a.Damaged; arrived > 0 && w.look(target).OnHand+arrived > stock.MaxQuantity {
			return tooMany("good")
		}
		w.touchItem(target)
		l := t.line(a.SKU)
		l.good, l.damaged, l.lost = l.good+a.Good, l.damaged+a.Damaged, l.lost+a.Lost
	}
	return nil
}

func (w *world) cancel(id string) error {
	t, err := w.underWay(id)
	if err != nil {
		return err
	}
	for i, l := range t.lines {
		if l.pending() == 0 {
			continue
		}
		source, target := stock.Key{Store: t.from, SKU: l.sku}, stock.Key{Store: t.to, SKU: l.sku}
		if w.look(source).OnHand+l.pending() > stock.MaxQuantity {
			return tooMany("quantity")
		}
		w.touchItem(source)
		w.touchItem(target)
		t.lines[i].turned += l.pending()
	}
	return nil
}
