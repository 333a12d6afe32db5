package centralview

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// record is a record that was decoded.
type record interface {
	restore(into *restorer) error
}

// The kinds of records, beside storesRecord.
type (
	totalsRecord struct {
		sku    string
		totals Totals
		net    bool // see readTotals
	}
	itemRecord struct{ *stock.Item }
)

func decode(text []byte) (record, error) {
	c := event.NewCursor(text)
	switch {
	case c.Has(totalsStart):
		t := &totalsRecord{sku: c.Text("")}
		c.Expect(`,"units":`)
		t.totals, t.net = readTotals(&c)
		c.Expect(`}`)
		return t, c.End()
	case c.Has(storesStart):
		var s storesRecord
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("read stores: %w", err)
		}
		return &s, nil
	}
	item, err := stock.ReadItem(text)
	return itemRecord{&item}, err
}

// restorer fills an empty state with records. It refuses records out of order, and totals that
// are not the sums of their items.
type restorer struct {
	state *state
	begun bool   // has the stores
	sum   skuSum // of the present SKU
	last  string // entry
}

func restore(s *state, records iter.Seq2[[]byte, error]) error {
	r := &restorer{state: s}
	for record, err := range inorder.Decode(records, decode) {
		if err == nil {
			err = record.restore(r)
		}
		if err != nil {
			return err
		}
	}
	return r.endSKU()
}

func (s *storesRecord) restore(r *restorer) error {
	if r.begun {
		return errors.New("the stores come twice")
	}
	r.begun = true
	for _, store := range s.Stores {
		r.state.line(store)
	}
	if len(r.state.lines) != len(s.Stores) {
		return errors.New("a store comes twice")
	}
	r.state.position = s.Position
	return nil
}

func (t *totalsRecord) restore(r *restorer) error {
	if err := r.beginSKU(t.sku); err != nil {
		return err
	}
	r.sum.totals, r.sum.net = &t.totals, t.net
	key := appendKey(nil, t.sku, totalsLine)
	return r.append(string(packTotals(key, &t.totals)), len(key))
}

func (i itemRecord) restore(r *restorer) error {
	if err := r.beginSKU(i.SKU); err != nil {
		return err
	}
	line, known := r.state.lines[i.Store]
	if !known || !i.Exists() {
		return fmt.Errorf("an item of store %q that is none", i.Store)
	}
	r.sum.add(&i.Levels)
	r.state.items++
	key := appendKey(nil, i.SKU, line)
	return r.append(string(packItem(key, &i.Levels, i.UpdatedAt)), len(key))
}

// beginSKU begins another SKU, unless the record is of the present one.
func (r *restorer) beginSKU(sku string) error {
	if !r.begun {
		return errors.New("the stores are missing")
	}
	if sku == r.sum.sku {
		return nil
	}
	err := r.endSKU()
	r.sum = skuSum{sku: sku}
	return err
}

// endSKU checks the totals of the present SKU, and brings those of an earlier version up to date.
func (r *restorer) endSKU() error {
	if problem := r.sum.problem(); problem != "" && !r.sum.empty() {
		return fmt.Errorf("SKU %q: %s", r.sum.sku, problem)
	}
	if r.sum.net {
		key := appendKey(nil, r.sum.sku, totalsLine)
		r.state.entries.set(string(packTotals(key, &r.sum.units)), len(key))
	}
	return nil
}

func (r *restorer) append(entry string, keyLength int) error {
	if compareKey(r.last, entry[:keyLength]) >= 0 {
		return errors.New("the records are not in order")
	}
	r.last = entry
	r.state.entries.append(entry)
	return nil
}
