package deadletter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// DeletedV1 is the name of the only kind of event, fixed for ever.
const DeletedV1 event.Type = "dead-letter.deleted.v1"

const streamPrefix = "dead-letter/"

// Stream returns the stream of a dead letter. It has one event at most.
func Stream(id string) event.StreamID { return event.StreamID(streamPrefix + id) }

// IDOf returns the id of the dead letter that a stream is of, and false if it is of none.
func IDOf(stream event.StreamID) (string, bool) {
	id, ok := strings.CutPrefix(string(stream), streamPrefix)
	return id, ok && id != ""
}

// Deleted is the decision that an event is discarded: the projection continues as if the event had
// not happened.
type Deleted struct {
	Projection string         `json:"projection"` // that could not handle the event
	Position   event.Position `json:"position"`   // of its commit
	Index      int            `json:"index"`      // among the commit's events
	Stream     event.StreamID `json:"stream"`     // its own
	Version    event.Version  `json:"version"`
	Kind       event.Type     `json:"type"`
	Cause      string         `json:"cause"` // of the last attempt, in words
	Attempts   int            `json:"attempts"`
	FirstAt    time.Time      `json:"firstAt"`
	LastAt     time.Time      `json:"lastAt"`
}

// AppendJSON appends the event's data as one JSON object.
func (d Deleted) AppendJSON(dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"projection":`...), d.Projection)
	dst = strconv.AppendInt(append(dst, `,"position":`...), int64(d.Position), 10)
	dst = strconv.AppendInt(append(dst, `,"index":`...), int64(d.Index), 10)
	dst = event.AppendString(append(dst, `,"stream":`...), string(d.Stream))
	dst = strconv.AppendInt(append(dst, `,"version":`...), int64(d.Version), 10)
	dst = event.AppendString(append(dst, `,"type":`...), string(d.Kind))
	dst = event.AppendString(append(dst, `,"cause":`...), d.Cause)
	dst = strconv.AppendInt(append(dst, `,"attempts":`...), int64(d.Attempts), 10)
	dst = event.AppendTime(append(dst, `,"firstAt":`...), d.FirstAt)
	dst = event.AppendTime(append(dst, `,"lastAt":`...), d.LastAt)
	return append(dst, '}')
}

// Decode reads an event's data.
func Decode(kind event.Type, data []byte) (Deleted, error) {
	if kind != DeletedV1 {
		return Deleted{}, fmt.Errorf("decode dead letter: %w", &event.UnknownTypeError{Type: kind})
	}
	var d Deleted
	if err := json.Unmarshal(data, &d); err != nil {
		return Deleted{}, fmt.Errorf("decode %s: %w", kind, err)
	}
	return d, nil
}
