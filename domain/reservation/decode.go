package reservation

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

var known = map[event.Type]bool{
	CreatedV1: true, ReplacedV1: true, ExtendedV1: true, CommittedV1: true, ReleasedV1: true, ReturnedV1: true,
	ExpiredV1: true, ExtendedV2: true, CommittedV2: true, ReleasedV2: true, ReturnedV2: true,
}

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
	if !known[name] {
		return Event{}, &event.UnknownTypeError{Type: name}
	}
	var body struct {
		Lines     []stock.Part `json:"lines"`
		ExpiresAt time.Time    `json:"expiresAt"`
		After     *State       `json:"after"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return Event{}, fmt.Errorf("decode %s: %w", name, err)
	}
	e := Event{At: at, Brief: alwaysBrief(name) || maybeBrief(name) && body.After == nil}
	if body.After != nil && !e.Brief {
		e.After = *body.After
	}
	switch name {
	case CreatedV1:
		e.Change = Created{Terms: e.After.terms()}
	case ReplacedV1:
		e.Change = Replaced{Terms: e.After.terms()}
	case ExtendedV1, ExtendedV2:
		e.Change = Extended{ExpiresAt: body.ExpiresAt, ItemsTell: name == ExtendedV1}
	case CommittedV1, CommittedV2:
		e.Change = Committed{Lines: body.Lines}
	case ReleasedV1, ReleasedV2:
		e.Change = Released{Lines: body.Lines}
	case ReturnedV1, ReturnedV2:
		e.Change = Returned{Lines: body.Lines}
	case ExpiredV1:
		e.Change = Expired{}
	}
	return e, nil
}

// alwaysBrief reports whether all events of a name are brief.
func alwaysBrief(name event.Type) bool {
	return name == CommittedV2 || name == ReleasedV2 || name == ReturnedV2
}

// maybeBrief reports whether some events of a name are.
func maybeBrief(name event.Type) bool { return alwaysBrief(name) || name == ExtendedV2 }

// terms returns the request, read from the state that it led to.
func (s State) terms() Terms {
	t := Terms{ExpiresAt: s.ExpiresAt, Owner: s.Owner, Reference: s.Reference, Lines: make([]stock.Part, len(s.Lines))}
	for i, l := range s.Lines {
		t.Lines[i] = stock.Part{Key: l.Key, Quantity: l.Quantity}
	}
	return t
}
