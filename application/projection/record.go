package projection

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// record is the first record of a checkpoint: the progress of a projection without what
// its target has built. Its JSON is the format on disk.
type record struct {
	Version    int            `json:"checkpoint"` // of the format
	Projection string         `json:"projection"`
	Position   event.Position `json:"position"`
	Time       time.Time      `json:"time"` // of the commit at Position
	Paused     bool           `json:"paused,omitempty"`

	Blocked   map[event.StreamID]*blockedStream  `json:"still,omitempty"`
	Handled   map[event.StreamID]event.Version   `json:"handled,omitempty"`
	Discarded map[event.StreamID][]event.Version `json:"givenUp,omitempty"`

	Kept json.RawMessage `json:"kept,omitempty"` // of Options.Kept
}

// recordVersion is the version of the format that this program writes.
const recordVersion = 1

// recordStart begins every such record, and no record of a target.
const recordStart = `{"checkpoint":`

func newRecord(projection string) record {
	return record{
		Version: recordVersion, Projection: projection,
		Blocked:   map[event.StreamID]*blockedStream{},
		Handled:   map[event.StreamID]event.Version{},
		Discarded: map[event.StreamID][]event.Version{},
	}
}

func (r *record) encode() []byte {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // cannot happen: all members are plain values
	}
	return line
}

// decodeRecord reads the result of encode.
func decodeRecord(projection string, line []byte) (record, error) {
	var format struct{ Checkpoint int }
	_ = json.Unmarshal(line, &format) // the rest of a newer format may be of any form
	r := newRecord(projection)
	if err := json.Unmarshal(line, &r); err != nil && format.Checkpoint <= recordVersion {
		return record{}, fmt.Errorf("read checkpoint: %w", err)
	}
	if format.Checkpoint > recordVersion {
		return record{}, &ports.NewerFormatError{
			Location: "checkpoint of " + projection, Format: int64(format.Checkpoint), Known: recordVersion,
		}
	}
	if r.Version != recordVersion || r.Projection != projection || r.Position < 0 {
		return record{}, fmt.Errorf("it is of projection %q and version %d", r.Projection, r.Version)
	}
	for stream, at := range r.Blocked {
		if at == nil || at.Version < 1 {
			return record{}, fmt.Errorf("stream %q is blocked at no version", string(stream))
		}
	}
	return r, nil
}

// endAt cuts the progress off at the head of a log that is shorter.
func (r *record) endAt(head event.Position) {
	r.Position, r.Time = head, time.Time{}
	clear(r.Handled)
	maps.DeleteFunc(r.Blocked, func(_ event.StreamID, at *blockedStream) bool { return at.Position > head })
}

// has reports whether an event was handled before the checkpoint.
func (r *record) has(e *ports.StreamEvent) bool {
	at := r.Blocked[e.Stream]
	switch {
	case at != nil && e.Version >= at.Version, slices.Contains(r.Discarded[e.Stream], e.Version):
		return false
	case e.Position <= r.Position:
		return true
	}
	return e.Version <= r.Handled[e.Stream]
}
