package audit

import (
	"fmt"

	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Auditor folds a log from its beginning and holds every event against the
// state before it. Make one with New and give it the commits in order.
type Auditor struct {
	items map[stock.Key]*stock.Item
}

// New makes an auditor that has seen nothing.
func New() *Auditor { return &Auditor{items: map[stock.Key]*stock.Item{}} }

// Items is how many items the log has shown so far.
func (a *Auditor) Items() int { return len(a.items) }

// Check takes the next commit. An error says which event breaks which rule.
func (a *Auditor) Check(c ports.Recorded) error {
	for i, e := range c.Events {
		if err := a.event(e); err != nil {
			return fmt.Errorf("position %d, event %d (%s on %q): %w", c.Position, i, e.Type, string(e.Stream), err)
		}
	}
	return nil
}

func (a *Auditor) event(e ports.Event) error {
	key, ok := stock.KeyOf(e.Stream)
	if !ok {
		return fmt.Errorf("the stream is not one of this program's")
	}
	if normal, err := stock.NewKey(key.Store, key.SKU); err != nil || normal != key {
		return fmt.Errorf("the item's name is not in its normal form")
	}
	fact, err := stock.Decode(e.Type, e.Time, e.Data)
	if err != nil {
		return err
	}
	item := a.items[key]
	if item == nil {
		item = &stock.Item{Key: key}
		a.items[key] = item
	}
	if e.Version != item.Version+1 {
		return fmt.Errorf("version %d follows %d", e.Version, item.Version)
	}
	if e.Time.Before(item.UpdatedAt) {
		return fmt.Errorf("it happened before the event before it")
	}
	item.Apply(fact)
	if !item.Equal(fact.After) {
		return fmt.Errorf("the event says %+v after it, the fold says %+v", fact.After, item.Levels)
	}
	return item.Check()
}
