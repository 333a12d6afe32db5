package snapshot

import (
	"errors"
	"iter"

	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// record is one decoded record of a snapshot. Each kind adds itself to the state that is
// being built.
type record interface {
	add(to *builder) error
}

// The kinds of records.
type (
	// beginning is the first record.
	beginning struct {
		position event.Position
		commit   string
		items    int64
		indexed  event.Position // the index is of use if its mark is there or later
	}
	itemRecord struct {
		item  *stock.Item
		holds []stock.Hold // if more may follow; else the item has them
	}
	holdsRecord       struct{ holds []stock.Hold } // more of the item before
	reservationRecord struct{ entry *reservation.Reservation }
	transferRecord    struct{ entry *transfer.Transfer }
)

// maxRoom is for how many items space is reserved because a snapshot says so, before the
// snapshot is known to be whole.
const maxRoom = 4_000_000

// builder builds a state record by record.
type builder struct {
	*inventory.Builder
	unfinished *itemRecord // an item of which more holds may follow
}

func (b beginning) add(to *builder) error {
	to.Begin(b.position, int(min(b.items, maxRoom)))
	return nil
}

func (r itemRecord) add(to *builder) error {
	if r.holds == nil {
		to.AddItem(r.item)
		return nil
	}
	to.unfinished = &r
	return nil
}

func (r holdsRecord) add(to *builder) error {
	if to.unfinished == nil {
		return errors.New("it has holds without their item")
	}
	to.unfinished.holds = append(to.unfinished.holds, r.holds...)
	return nil
}

func (r reservationRecord) add(to *builder) error {
	to.AddReservation(r.entry)
	return nil
}

func (r transferRecord) add(to *builder) error {
	to.AddTransfer(r.entry)
	return nil
}

// finish adds the unfinished item, if there is one: no more of its holds follow.
func (b *builder) finish() error {
	if b.unfinished == nil {
		return nil
	}
	item, err := b.unfinished.item.WithHolds(b.unfinished.holds)
	if err != nil {
		return err
	}
	b.unfinished = nil
	b.AddItem(&item)
	return nil
}

// decode reads a record back. It keeps nothing of text.
func decode(text []byte) (record, error) {
	c := event.NewCursor(text)
	switch {
	case c.Has(itemStart):
		return decodeItem(&c)
	case c.Has(holdsStart):
		holds, err := decodeHolds(&c)
		return holdsRecord{holds}, err
	case c.Has(reservationStart):
		entry, err := decodeEntry(&c, reservation.Read)
		return reservationRecord{entry}, err
	case c.Has(transferStart):
		entry, err := decodeEntry(&c, transfer.Read)
		return transferRecord{entry}, err
	default:
		if err := newer(text); err != nil {
			return nil, err
		}
		return decodeBeginning(&c)
	}
}

// newer returns an error if a record is the first one of a snapshot of a newer version.
func newer(text []byte) error {
	if c := event.NewCursor(text); c.Has(formatStart) {
		if v := c.Natural(""); v > format {
			return &ports.NewerFormatError{Location: "snapshot", Format: v, Known: format}
		}
	}
	return nil
}

func decodeBeginning(c *event.Cursor) (beginning, error) {
	b := beginning{position: event.Position(c.Natural(beginStart))}
	b.commit, b.items = c.Text(`,"commit":`), c.Natural(`,"items":`)
	b.indexed = event.Position(c.Natural(`,"indexed":`))
	c.Expect(`}`)
	return b, c.End()
}

func decodeItem(c *event.Cursor) (itemRecord, error) {
	item, err := stock.ReadItem(c.Value(""))
	if err != nil {
		return itemRecord{}, err
	}
	if !c.Has(`,"holds":`) {
		c.Expect(`}`)
		return itemRecord{item: &item}, c.End()
	}
	holds, err := decodeHolds(c)
	if err != nil || len(holds) == holdsEach {
		return itemRecord{&item, holds}, err
	}
	item, err = item.WithHolds(holds)
	return itemRecord{item: &item}, err
}

// decodeHolds reads holds and the end of their record.
func decodeHolds(c *event.Cursor) (holds []stock.Hold, err error) {
	for i := 0; c.Next(i); i++ {
		holds = append(holds, stock.ReadHold(c))
	}
	c.Expect(`}`)
	return holds, c.End()
}

func decodeEntry[A any](c *event.Cursor, read func([]byte) (*A, error)) (*A, error) {
	text := c.Value("")
	c.Expect(`}`)
	if err := c.End(); err != nil {
		return nil, err
	}
	return read(text)
}

// build builds the state that records say, with an index. belongs checks the first of them.
func build(
	records iter.Seq2[[]byte, error], index ports.QueryIndex, belongs func(beginning) error,
) (*inventory.State, error) {
	b := builder{Builder: inventory.NewBuilder(index)}
	begun := false
	for r, err := range inorder.Decode(records, decode) {
		if err != nil {
			return nil, err
		}
		first, isFirst := r.(beginning)
		switch {
		case isFirst && begun:
			return nil, errors.New("it begins twice")
		case !isFirst && !begun:
			return nil, errNoBeginning
		case isFirst:
			begun = true
			if err := belongs(first); err != nil {
				return nil, err
			}
		}
		if err := b.take(r); err != nil {
			return nil, err
		}
	}
	if !begun {
		return nil, errNoBeginning
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	return b.State(), nil
}

// take adds the next record.
func (b *builder) take(r record) error {
	if _, more := r.(holdsRecord); !more {
		if err := b.finish(); err != nil {
			return err
		}
	}
	return r.add(b)
}

var errNoBeginning = errors.New("it does not say which position it is of")
