package transfer

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Decode reads one event back from its name, time and data on disk. A name that
// this program does not know gives *event.UnknownTypeError.
func Decode(name event.Type, at time.Time, data []byte) (Event, error) {
	if e, ok := readOwn(name, at, data); ok {
		return e, nil
	}
	return decodeAny(name, at, data)
}

// decodeAny reads an event in any spelling of JSON. It alone defines which spellings are
// accepted and their meaning; readOwn is only faster.
func decodeAny(name event.Type, at time.Time, data []byte) (Event, error) {
	switch name {
	case ShippedV1:
		e, err := decode[Shipped](name, at, data)
		e.Change = e.After.shipped()
		return e, err
	case ReceivedV1:
		return decode[Received](name, at, data)
	case ReceivedV2:
		e, err := decode[Received](name, at, data)
		e.After, e.Brief = State{}, err == nil
		return e, err
	case CancelledV1:
		return decode[Cancelled](name, at, data)
	default:
		return Event{}, &event.UnknownTypeError{Type: name}
	}
}

func decode[C Change](name event.Type, at time.Time, data []byte) (Event, error) {
	var change C
	var rest struct {
		After State `json:"after"`
	}
	if err := json.Unmarshal(data, &change); err != nil {
		return Event{}, fmt.Errorf("decode %s: %w", name, err)
	}
	if err := json.Unmarshal(data, &rest); err != nil {
		return Event{}, fmt.Errorf("decode %s: %w", name, err)
	}
	return Event{At: at, Change: change, After: rest.After}, nil
}

// shipped returns the units that were sent, read from the state that it led to.
func (s State) shipped() Shipped {
	c := Shipped{From: s.From, To: s.To, Reference: s.Reference, Lines: make([]Unit, len(s.Lines))}
	for i, l := range s.Lines {
		c.Lines[i] = Unit{SKU: l.SKU, Quantity: l.Quantity}
	}
	return c
}
