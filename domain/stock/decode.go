package stock

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Decode reads one event back from its name, time and data on disk. A name
// that this program does not know gives *UnknownEventError; names of older
// shapes are brought to the newest here.
func Decode(name event.Type, at time.Time, data []byte) (Event, error) {
	switch name {
	case AdjustedV1:
		return decode[Adjusted](name, at, data)
	case CountedV1:
		return decode[Counted](name, at, data)
	case MovedV1:
		return decode[Moved](name, at, data)
	case PolicySetV1:
		return decode[PolicySet](name, at, data)
	case LowV1:
		return decode[WentLow](name, at, data)
	case RestockedV1:
		return decode[Restocked](name, at, data)
	default:
		return Event{}, &UnknownEventError{Type: name}
	}
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
