package stock

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Decode reads one event back from its name, time and data on disk. A name
// that this program does not know gives *event.UnknownTypeError; names of older
// shapes are brought to the newest here.
func Decode(name event.Type, at time.Time, data []byte) (Event, error) {
	if e, ok := readOwn(name, at, data); ok {
		return e, nil
	}
	return decodeAny(name, at, data)
}

// decodeAny reads an event in any spelling of JSON. It alone defines which spellings are
// accepted and their meaning; readOwn is only faster.
func decodeAny(name event.Type, at time.Time, data []byte) (Event, error) {
	read, known := decoders[name]
	if !known {
		return Event{}, &event.UnknownTypeError{Type: name}
	}
	return read(name, at, data)
}

var decoders = map[event.Type]func(event.Type, time.Time, []byte) (Event, error){
	AdjustedV1:  decode[Adjusted],
	CountedV1:   decode[Counted],
	MovedV1:     decode[Moved],
	PolicySetV1: decode[PolicySet],
	ReservedV1:  decode[Reserved],
	ExtendedV1:  decode[Extended],
	CommittedV1: decode[Committed],
	ReleasedV1:  decode[Released],
	ExpiredV1:   decode[Expired],
	ReturnedV1:  decode[Returned],
	ShippedV1:   decode[Shipped],
	IncomingV1:  decode[Incoming],
	ReceivedV1:  decode[Received],
	LostV1:      decode[Lost],
	LowV1:       decode[WentLow],
	RestockedV1: decode[Restocked],
}

func decode[C Change](name event.Type, at time.Time, data []byte) (Event, error) {
	var change C
	var rest struct {
		After Levels `json:"after"`
	}
	if err := json.Unmarshal(data, &change); err != nil {
		return Event{}, fmt.Errorf("decode %s: %w", name, err)
	}
	if err := json.Unmarshal(data, &rest); err != nil {
		return Event{}, fmt.Errorf("decode %s: %w", name, err)
	}
	return Event{At: at, Change: change, After: rest.After}, nil
}
