package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// record is one decoded record of a snapshot. Each kind adds itself to the state that is
// being built.
type record interface {
	add(to *inventory.Builder)
}

// The kinds of records. A closed reservation or transfer is only an id and a version.
type (
	// beginning is the first record.
	beginning struct {
		position event.Position
		commit   string
		items    int64
	}
	itemRecord        struct{ item *stock.Item }
	reservationRecord struct{ open *reservation.Reservation }
	transferRecord    struct{ open *transfer.Transfer }
	closed            struct {
		id      string
		version event.Version
	}
	closedReservation struct{ closed }
	closedTransfer    struct{ closed }
)

// maxRoom is for how many items space is reserved because a snapshot says so, before the
// snapshot is known to be whole.
const maxRoom = 4_000_000

func (b beginning) add(to *inventory.Builder)         { to.Expect(int(min(b.items, maxRoom))) }
func (r itemRecord) add(to *inventory.Builder)        { to.AddItem(r.item) }
func (r reservationRecord) add(to *inventory.Builder) { to.AddReservation(r.open) }
func (r transferRecord) add(to *inventory.Builder)    { to.AddTransfer(r.open) }
func (r closedReservation) add(to *inventory.Builder) { to.AddClosedReservation(r.id, r.version) }
func (r closedTransfer) add(to *inventory.Builder)    { to.AddClosedTransfer(r.id, r.version) }

// decode reads a record back. It keeps nothing of text.
func decode(text []byte) (record, error) {
	c := event.NewCursor(text)
	switch {
	case c.Has(itemStart):
		item, err := decodeItem(&c)
		return itemRecord{item}, err
	case c.Has(reservationStart):
		open, err := decodeJSON[reservation.Reservation](&c)
		return reservationRecord{open}, err
	case c.Has(transferStart):
		open, err := decodeJSON[transfer.Transfer](&c)
		return transferRecord{open}, err
	case c.Has(closedRStart):
		return closedReservation{decodeClosed(&c)}, c.End()
	case c.Has(closedTStart):
		return closedTransfer{decodeClosed(&c)}, c.End()
	default:
		return decodeBeginning(&c)
	}
}

func decodeBeginning(c *event.Cursor) (beginning, error) {
	b := beginning{position: event.Position(c.Natural(beginStart))}
	b.commit, b.items = c.Text(`,"commit":`), c.Natural(`,"items":`)
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

func decodeJSON[A any](c *event.Cursor) (*A, error) {
	text := c.Value("")
	c.Expect(`}`)
	if err := c.End(); err != nil {
		return nil, err
	}
	aggregate := new(A)
	if err := json.Unmarshal(text, aggregate); err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	return aggregate, nil
}

func decodeClosed(c *event.Cursor) closed {
	e := closed{id: c.Text(""), version: event.Version(c.Natural(`,"version":`))}
	c.Expect(`}`)
	return e
}

// build builds the state that records say. belongs checks the first of them.
func build(records iter.Seq2[[]byte, error], belongs func(beginning) error) (*inventory.State, error) {
	state := inventory.NewBuilder()
	var at event.Position
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
			begun, at = true, first.position
			if err := belongs(first); err != nil {
				return nil, err
			}
		}
		r.add(state)
	}
	if !begun {
		return nil, errNoBeginning
	}
	return state.State(at), nil
}

var errNoBeginning = errors.New("it does not say which position it is of")
