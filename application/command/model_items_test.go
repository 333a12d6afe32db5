package command_test

import (
	"reflect"

	"github.com/onhand/onhand/domain/stock"
)

// What commands on items do to the world. Each gives the refusal that it expects;
// the world is spoiled then.

func (w *world) adjust(key stock.Key, delta int64) error {
	if w.look(key).OnHand+delta > stock.MaxQuantity {
		return tooMany("delta")
	}
	if err := w.mayLose(key, -delta); err != nil {
		return err
	}
	w.touchItem(key)
	b := w.bins[key]
	b.brought += delta
	w.bins[key] = b
	return nil
}

// mayLose returns the reason why units may not leave the sellable ones, by hand.
func (w *world) mayLose(key stock.Key, units int64) error {
	l := w.look(key)
	if units <= 0 {
		return nil
	}
	if units > sellable(l) {
		return w.refuse([]stock.Shortage{short(key, units, sellable(l))})
	}
	if l.Reserved > sellable(l)-units+l.Policy.OversellLimit {
		return &stock.WouldBreakReservationsError{
			Key: key, Sellable: sellable(l) - units, Reserved: l.Reserved, OversellLimit: l.Policy.OversellLimit,
		}
	}
	return nil
}

func (w *world) count(key stock.Key, counted int64) error {
	l := w.look(key)
	if counted < l.Damaged+l.QualityControl {
		return &stock.CountBelowStatesError{Counted: counted, Damaged: l.Damaged, QualityControl: l.QualityControl}
	}
	w.touchItem(key)
	b := w.bins[key]
	b.brought += counted - l.OnHand
	w.bins[key] = b
	w.atRisk = max(0, l.Reserved-(counted-l.Damaged-l.QualityControl))
	return nil
}

func (w *world) move(key stock.Key, from, to stock.State, units int64) error {
	l := w.look(key)
	there := map[stock.State]int64{
		stock.SellableState: sellable(l), stock.DamagedState: l.Damaged, stock.QualityControlState: l.QualityControl,
	}
	if units > there[from] {
		return w.refuse([]stock.Shortage{short(key, units, there[from])})
	}
	if from == stock.SellableState {
		if err := w.mayLose(key, units); err != nil {
			return err
		}
	}
	w.touchItem(key)
	b := w.bins[key]
	moved := map[stock.State]int64{from: -units, to: units}
	b.broken += moved[stock.DamagedState]
	b.checked += moved[stock.QualityControlState]
	w.bins[key] = b
	return nil
}

func (w *world) setPolicy(key stock.Key, change func(*stock.Policy)) error {
	b, exists := w.bins[key]
	before := b.policy
	change(&b.policy)
	if exists && reflect.DeepEqual(before, b.policy) {
		return nil
	}
	w.touchItem(key)
	w.bins[key] = b
	return nil
}
