package centralview

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// Snapshot gives the view as it stands as records, one JSON object each: the stores in
// the order of their numbers, then every SKU's totals and items. Later events do not
// reach them.
func (v *View) Snapshot() iter.Seq[[]byte] {
	v.mu.Lock()
	frozen := View{entries: v.entries.freeze(), stores: v.stores, position: v.position}
	v.mu.Unlock()
	return func(yield func([]byte) bool) {
		stores, err := json.Marshal(struct {
			Stores   []string       `json:"stores"`
			Position event.Position `json:"position"`
		}{frozen.stores, frozen.position})
		if err != nil {
			panic(err) // cannot happen: they are texts and a number
		}
		if !yield(stores) {
			return
		}
		var record []byte
		for entry := range frozen.entries.from("") {
			sku, line, packed := split(entry)
			if line == totalsLine {
				record = appendTotals(record[:0], sku, unpackTotals(packed))
			} else {
				record = frozen.item(sku, line, packed).AppendJSON(record[:0])
			}
			if !yield(record) {
				return
			}
		}
	}
}

const totalsStart = `{"totals":`

func appendTotals(dst []byte, sku string, t Totals) []byte {
	dst = event.AppendString(append(dst, totalsStart...), sku)
	return append(t.AppendJSON(append(dst, `,"units":`...)), '}')
}

// Restore takes the records of Snapshot into an empty view.
func (v *View) Restore(records iter.Seq2[[]byte, error]) error {
	r := &reader{view: v}
	for record, err := range inorder.Decode(records, decode) {
		if err == nil {
			err = record.take(r)
		}
		if err != nil {
			return err
		}
	}
	return r.end()
}

// record is one decoded record of a checkpoint.
type record interface {
	take(by *reader) error
}

// The kinds of records.
type (
	storesRecord struct {
		stores   []string
		position event.Position
	}
	totalsRecord struct {
		sku    string
		totals Totals
	}
	itemRecord struct{ *stock.Item }
)

func decode(text []byte) (record, error) {
	c := event.NewCursor(text)
	switch {
	case c.Has(totalsStart):
		t := &totalsRecord{sku: c.Text("")}
		c.Expect(`,"units":`)
		t.totals = readTotals(&c)
		c.Expect(`}`)
		return t, c.End()
	case c.Has(`{"stores":`):
		var s struct {
			Stores   []string
			Position event.Position
		}
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("read stores: %w", err)
		}
		return &storesRecord{stores: s.Stores, position: s.Position}, nil
	}
	item, err := stock.ReadItem(text)
	return itemRecord{&item}, err
}

// reader fills a view, and refuses what is out of order or whose totals are not the
// sum of the lines.
type reader struct {
	view  *View
	begun bool
	sum   skuSum
	last  string // entry
}

func (s *storesRecord) take(r *reader) error {
	if r.begun {
		return errors.New("the stores come twice")
	}
	r.begun = true
	v := r.view
	for _, store := range s.stores {
		v.line(store)
	}
	if len(v.lines) != len(s.stores) {
		return errors.New("a store comes twice")
	}
	v.position = s.position
	return nil
}

func (t *totalsRecord) take(r *reader) error {
	if err := r.sku(t.sku); err != nil {
		return err
	}
	r.sum.totals = &t.totals
	key := appendKey(nil, t.sku, totalsLine)
	return r.append(string(packTotals(key, &t.totals)), len(key))
}

func (i itemRecord) take(r *reader) error {
	if err := r.sku(i.SKU); err != nil {
		return err
	}
	line, known := r.view.lines[i.Store]
	if !known || !i.Exists() {
		return fmt.Errorf("an item of store %q that is none", i.Store)
	}
	r.sum.lines++
	r.sum.units.add(&i.Levels, 1)
	r.view.items++
	key := appendKey(nil, i.SKU, line)
	return r.append(string(packItem(key, &i.Levels, i.UpdatedAt)), len(key))
}

// sku begins another SKU, unless it goes on with the same.
func (r *reader) sku(sku string) error {
	if !r.begun {
		return errors.New("the stores are missing")
	}
	if sku == r.sum.sku {
		return nil
	}
	err := r.end()
	r.sum = skuSum{sku: sku}
	return err
}

// end checks the SKU that was read last.
func (r *reader) end() error {
	if problem := r.sum.problem(); problem != "" && (r.sum.lines > 0 || r.sum.totals != nil) {
		return fmt.Errorf("SKU %q: %s", r.sum.sku, problem)
	}
	return nil
}

func (r *reader) append(entry string, keyLength int) error {
	e := &r.view.entries
	if compareKey(r.last, entry[:keyLength]) >= 0 {
		return errors.New("the records are not in order")
	}
	r.last = entry
	if n := len(e.runs); n > 0 && len(e.runs[n-1].list) < maxRun {
		e.runs[n-1].list = append(e.runs[n-1].list, entry)
	} else {
		e.runs = append(e.runs, &run{age: e.age, list: append(make([]string, 0, maxRun), entry)})
	}
	e.count++
	return nil
}

// Equal tells how two views at the same position differ, "" if they do not.
func (v *View) Equal(other *View) string {
	a, stopA := iter.Pull(v.inOrder())
	defer stopA()
	b, stopB := iter.Pull(other.inOrder())
	defer stopB()
	for {
		x, moreX := a()
		y, moreY := b()
		switch {
		case !moreX && !moreY:
			return ""
		case x != y:
			return fmt.Sprintf("%.300q against %.300q", x, y)
		}
	}
}

// inOrder gives what the view says, in an order that does not depend on the numbers
// of the stores.
func (v *View) inOrder() iter.Seq[string] {
	return func(yield func(string) bool) {
		var lines []string
		last := ""
		flush := func() bool {
			slices.Sort(lines)
			for _, line := range lines {
				if !yield(line) {
					return false
				}
			}
			lines = lines[:0]
			return true
		}
		for entry := range v.entries.from("") {
			sku, line, packed := split(entry)
			if sku != last && !flush() {
				return
			}
			last = sku
			if line == totalsLine {
				lines = append(lines, string(appendTotals(nil, sku, unpackTotals(packed))))
			} else {
				lines = append(lines, string(v.item(sku, line, packed).AppendJSON(nil)))
			}
		}
		flush()
	}
}
