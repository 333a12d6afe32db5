package ledger

import (
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Tx is what a decision sees and does: the items as all decisions before it
// left them, and the events that it records.
type Tx struct {
	now   time.Time
	set   *keySet
	base  func(stock.Key) stock.Item
	items []stock.Item // touched, in order
	facts []ports.Event
	news  []stock.Event // the same, as the domain has them
}

// Now is the time of the decision.
func (tx *Tx) Now() time.Time { return tx.now }

// Item is the item as it is for this command, its own events included. Asking
// for an item that the request did not name is a programming error and panics.
func (tx *Tx) Item(key stock.Key) stock.Item {
	tx.named(key)
	for i := range tx.items {
		if tx.items[i].Key == key {
			return tx.items[i]
		}
	}
	return tx.base(key)
}

// Record takes over the events of a decision on an item.
func (tx *Tx) Record(key stock.Key, events []stock.Event) {
	stream := tx.set.streams[tx.named(key)]
	item := tx.touch(key)
	tx.news = append(tx.news, events...)
	for _, e := range events {
		item.Apply(e)
		tx.facts = append(tx.facts, ports.Event{
			Stream:  stream,
			Version: item.Version,
			Type:    e.Change.Type(),
			Time:    e.At,
			Data:    e.AppendJSON(make([]byte, 0, 256)),
		})
	}
}

func (tx *Tx) named(key stock.Key) int {
	i := tx.set.find(key)
	if i < 0 {
		panic(fmt.Sprintf("ledger: the request does not name item %v", key))
	}
	return i
}

func (tx *Tx) touch(key stock.Key) *stock.Item {
	for i := range tx.items {
		if tx.items[i].Key == key {
			return &tx.items[i]
		}
	}
	tx.items = append(tx.items, tx.base(key))
	return &tx.items[len(tx.items)-1]
}
