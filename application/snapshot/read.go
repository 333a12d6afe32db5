package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// beginning is the first record.
type beginning struct {
	position event.Position
	commit   string
	items    int64
}

// closedReservation and closedTransfer are what is kept of a closed one.
type (
	closed struct {
		id      string
		version event.Version
	}
	closedReservation closed
	closedTransfer    closed
)

// decode reads a record back.
func decode(record []byte) (any, error) {
	c := event.NewCursor(record)
	switch {
	case c.Has(itemStart):
		return decodeItem(&c)
	case c.Has(reservationStart):
		return decodeJSON[reservation.Reservation](&c)
	case c.Has(transferStart):
		return decodeJSON[transfer.Transfer](&c)
	case c.Has(closedRStart):
		return (*closedReservation)(decodeClosed(&c)), c.End()
	case c.Has(closedTStart):
		return (*closedTransfer)(decodeClosed(&c)), c.End()
	default:
		b := &beginning{position: event.Position(c.Natural(beginStart)), commit: c.Text(`,"commit":`), items: c.Natural(`,"items":`)}
		c.Expect(`}`)
		return b, c.End()
	}
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

func decodeClosed(c *event.Cursor) *closed {
	e := &closed{id: c.Text(""), version: event.Version(c.Natural(`,"version":`))}
	c.Expect(`}`)
	return e
}

// maxRoom is for how many items room is made because a snapshot says so, before
// anybody knows that it is what was written.
const maxRoom = 4_000_000

// builder builds the image of one snapshot.
type builder struct {
	image  *ledger.Image
	begun  *beginning
	belong func(beginning) error // whether the snapshot is one of the log at hand
}

func (b *builder) reader() ports.SnapshotReader {
	return ports.SnapshotReader{Decode: decode, Take: b.take}
}

func (b *builder) take(record any) error {
	if begun, ok := record.(*beginning); ok {
		if b.begun != nil {
			return errors.New("it begins twice")
		}
		b.begun = begun
		b.image.At(begun.position)
		b.image.Expect(int(min(begun.items, maxRoom)))
		return b.belong(*begun)
	}
	if b.begun == nil {
		return errors.New("it does not say of what it is")
	}
	switch r := record.(type) {
	case *stock.Item:
		b.image.AddItem(r)
	case *reservation.Reservation:
		b.image.AddReservation(r)
	case *transfer.Transfer:
		b.image.AddTransfer(r)
	case *closedReservation:
		b.image.AddClosedReservation(r.id, r.version)
	case *closedTransfer:
		b.image.AddClosedTransfer(r.id, r.version)
	}
	return nil
}
