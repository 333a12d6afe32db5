package projection

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// standing is how a projection stands, beside what its target has built: the first
// record of its checkpoint.
type standing struct {
	Version    int            `json:"checkpoint"` // of the record's shape
	Projection string         `json:"projection"`
	Position   event.Position `json:"position"` // handled, but for what stands still
	Time       time.Time      `json:"time"`     // of the commit there
	Paused     bool           `json:"paused,omitempty"`
	// Still are the streams that stand still.
	Still map[event.StreamID]*still `json:"still,omitempty"`
	// Handled says, where the commits behind Position are handled in part, of each
	// stream up to which version.
	Handled map[event.StreamID]event.Version `json:"handled,omitempty"`
	// GivenUp are the events that somebody gave up.
	GivenUp map[event.StreamID][]event.Version `json:"givenUp,omitempty"`
}

// standingVersion is that of the shape that this program writes.
const standingVersion = 1

// still is a stream that stands still: the event at which it does could not be handled, and
// those behind it are held back.
type still struct {
	Version  event.Version  `json:"version"`
	Position event.Position `json:"position"`
	Index    int            `json:"index"`
	Attempts int            `json:"attempts"`
	Parked   bool           `json:"parked,omitempty"` // as a dead letter: only an order makes it go on
	Cause    string         `json:"cause"`
	FirstAt  time.Time      `json:"firstAt"`
	LastAt   time.Time      `json:"lastAt"`

	Next    time.Time `json:"next,omitzero"` // when it is tried again, unless it is parked
	givenUp bool      // the log says so, further on
}

func (s *still) id() ports.EventID { return ports.EventID{Position: s.Position, Index: s.Index} }

func newStanding(projection string) standing {
	return standing{
		Version: standingVersion, Projection: projection,
		Still:   map[event.StreamID]*still{},
		Handled: map[event.StreamID]event.Version{},
		GivenUp: map[event.StreamID][]event.Version{},
	}
}

const standingStart = `{"checkpoint":`

func (s *standing) record() []byte {
	record, err := json.Marshal(s)
	if err != nil {
		panic(err) // cannot happen: all members are plain values
	}
	return record
}

// open tells whether an event is still to be handled, and need not wait for one
// before it in its stream.
func (s *standing) open(e *ports.StreamEvent) bool {
	at := s.Still[e.Stream]
	return (at == nil || e.Version < at.Version) && e.Version > s.Handled[e.Stream]
}

// endAt lets a standing end with a log that is shorter than what was handled.
func (s *standing) endAt(head event.Position) {
	s.Position, s.Time = head, time.Time{}
	clear(s.Handled)
	maps.DeleteFunc(s.Still, func(_ event.StreamID, at *still) bool { return at.Position > head })
}

// find is the stream that stands still at an event.
func (s *standing) find(id ports.EventID) (event.StreamID, *still) {
	for stream, at := range s.Still {
		if at.id() == id {
			return stream, at
		}
	}
	return "", nil
}

// count is how many streams stand still until they are tried again, and how many
// because of a dead letter.
func (s *standing) count() (retrying, parked int) {
	for _, at := range s.Still {
		if at.Parked {
			parked++
		} else {
			retrying++
		}
	}
	return retrying, parked
}

// maxCause bounds what is kept of an error, in bytes.
const maxCause = 500

// readStanding reads what record wrote.
func readStanding(projection string, record []byte) (standing, error) {
	s := newStanding(projection)
	if err := json.Unmarshal(record, &s); err != nil {
		return standing{}, fmt.Errorf("read checkpoint: %w", err)
	}
	if s.Version != standingVersion || s.Projection != projection || s.Position < 0 {
		return standing{}, fmt.Errorf("it is of projection %q and version %d", s.Projection, s.Version)
	}
	for stream, at := range s.Still {
		if at == nil || at.Version < 1 {
			return standing{}, fmt.Errorf("stream %q stands still nowhere", string(stream))
		}
	}
	return s, nil
}
