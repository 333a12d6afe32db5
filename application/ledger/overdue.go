package ledger

import (
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// expireLines writes the overdue holds of a reservation's items, as far as the
// request names them; the others have been written before.
func (tx *Tx) expireLines(r *reservation.Reservation) {
	for _, l := range r.Lines {
		if i := tx.set.item(l.Key); i >= 0 {
			tx.expire(i)
		}
	}
}

// expire makes an item the transaction's own, with its overdue holds written.
func (tx *Tx) expire(i int) *stock.Item {
	item := tx.item(i)
	s := &tx.slots.items[i]
	if s.expired {
		return item
	}
	s.expired = true
	item = s.writable()
	overdue := item.Overdue(tx.now)
	if overdue == 0 {
		return item
	}
	if tx.expired += overdue; tx.expired > maxExpired {
		tx.crowded = true
		*item = item.At(tx.now)
		return item
	}
	tx.apply(i, item, item.Expire(tx.now, overdue))
	return item
}

// expireSome writes up to n overdue holds of an item and nothing else.
func (tx *Tx) expireSome(key stock.Key, n int) {
	i := tx.itemIndex(key)
	tx.item(i)
	item := tx.slots.items[i].writable()
	tx.apply(i, item, item.Expire(tx.now, n))
}

// overdueItems lists the items that have overdue holds to write.
func (tx *Tx) overdueItems() []stock.Key {
	var items []stock.Key
	for i, key := range tx.set.items {
		if tx.itemBefore(i).Overdue(tx.now) > 0 {
			items = append(items, key)
		}
	}
	return items
}
