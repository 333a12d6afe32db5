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
	add(to *inventory.Builder)
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
	itemRecord        struct{ item *stock.Item }
	reservationRecord struct{ entry *reservation.Reservation }
	transferRecord    struct{ entry *transfer.Transfer }
)

// maxRoom is for how many items space is reserved because a snapshot says so, before the
// snapshot is known to be whole.
const maxRoom = 4_000_000

func (b beginning) add(to *inventory.Builder)         { to.Begin(b.position, int(min(b.items, maxRoom))) }
func (r itemRecord) add(to *inventory.Builder)        { to.AddItem(r.item) }
func (r reservationRecord) add(to *inventory.Builder) { to.AddReservation(r.entry) }
func (r transferRecord) add(to *inventory.Builder)    { to.AddTransfer(r.entry) }

// decode reads a record back. It keeps nothing of text.
func decode(text []byte) (record, error) {
	c := event.NewCursor(text)
	switch {
	case c.Has(itemStart):
		item, err := decodeItem(&c)
		return itemRecord{item}, err
	case c.Has(reservationStart):
		entry, err := decodeEntry(&c, reservation.Read)
		return reservationRecord{entry}, err
	case c.Has(transferStart):
		entry, err := decodeEntry(&c, transfer.Read)
		return transferRecord{entry}, err
	default:
		return decodeBeginning(&c)
	}
}

func decodeBeginning(c *event.Cursor) (beginning, error) {
	b := beginning{position: event.Position(c.Natural(beginStart))}
	b.commit, b.items = c.Text(`,"commit":`), c.Natural(`,"items":`)
	b.indexed = event.Position(c.Natural(`,"indexed":`))
	c.Expect(`}`)
	return b, c.End()
}

func decodeItem(c *event.Cursor) (*stock.Item, error) {
	item, err := stock.ReadItem(c.Value(""))
	if err != nil {
		return nil, err
	}
	var holds []stock.Hold
	if c.Has(`,"holds":`) {
		for i := 0; c.Next(i); i++ {
			holds = append(holds, stock.ReadHold(c))
		}
	}
	c.Expect(`}`)
	if err := c.End(); err != nil {
		return nil, err
	}
	item, err = item.WithHolds(holds)
	return &item, err
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
	state := inventory.NewBuilder(index)
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
		r.add(state)
	}
	if !begun {
		return nil, errNoBeginning
	}
	return state.State(), nil
}

var errNoBeginning = errors.New("it does not say which position it is of")
