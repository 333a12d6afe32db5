package answer

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/onhand/onhand/domain/event"
)

// KeptV1 is the name of the only kind of event, fixed for ever.
const KeptV1 event.Type = "answer.kept.v1"

const streamPrefix = "answer/"

// Stream returns a stream of kept answers. It has one event for each.
func Stream(id string) event.StreamID { return event.StreamID(streamPrefix + id) }

// IDOf returns the id of a stream of kept answers, and false for any other stream.
func IDOf(stream event.StreamID) (string, bool) {
	id, ok := strings.CutPrefix(string(stream), streamPrefix)
	return id, ok && id != ""
}

// Kept says that a command with an idempotency key was accepted and changed nothing. Its commit has
// the key and the answer.
type Kept struct {
	Bytes int `json:"bytes"` // of the answer
}

// AppendJSON appends the event's data as one JSON object.
func (k Kept) AppendJSON(dst []byte) []byte {
	return append(strconv.AppendInt(append(dst, `{"bytes":`...), int64(k.Bytes), 10), '}')
}

// Decode reads an event's data.
func Decode(kind event.Type, data []byte) (Kept, error) {
	if kind != KeptV1 {
		return Kept{}, fmt.Errorf("decode kept answer: %w", &event.UnknownTypeError{Type: kind})
	}
	var k Kept
	if err := json.Unmarshal(data, &k); err != nil {
		return Kept{}, fmt.Errorf("decode %s: %w", kind, err)
	}
	return k, nil
}
