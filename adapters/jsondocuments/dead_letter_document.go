package jsondocuments

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// deadLetterDocument is a letter on disk, but for the event's data.
type deadLetterDocument struct {
	V          int            `json:"v"`
	ID         string         `json:"id"`
	Projection string         `json:"projection"`
	Cause      string         `json:"cause"`
	Attempts   int            `json:"attempts"`
	FirstAt    time.Time      `json:"firstAt"`
	LastAt     time.Time      `json:"lastAt"`
	Position   event.Position `json:"position"`
	Index      int            `json:"index"`
	Actor      string         `json:"actor,omitempty"`
	RequestID  string         `json:"requestId,omitempty"`
	Stream     event.StreamID `json:"stream"`
	Version    event.Version  `json:"version"`
	Type       event.Type     `json:"type"`
	Time       time.Time      `json:"time"`
}

// deadLetterWithData is a letter as it is read. The event's data is written by hand, since
// package json would write it in another spelling.
type deadLetterWithData struct {
	deadLetterDocument
	Data json.RawMessage `json:"data"`
}

func encodeDeadLetter(l ports.DeadLetter) ([]byte, error) {
	e := l.Event
	if !json.Valid(e.Data) {
		return nil, errors.New("keep dead letter: the event's data is not JSON")
	}
	text, err := json.Marshal(deadLetterDocument{
		V: formatVersion, ID: l.ID, Projection: l.Projection, Cause: l.Cause, Attempts: l.Attempts, FirstAt: l.FirstAt,
		LastAt:   l.LastAt,
		Position: e.Position, Index: e.Index, Actor: e.Actor, RequestID: e.RequestID,
		Stream: e.Stream, Version: e.Version, Type: e.Type, Time: e.Time,
	})
	if err != nil {
		return nil, fmt.Errorf("encode dead letter: %w", err)
	}
	text = append(text[:len(text)-1], `,"data":`...)
	return append(append(text, e.Data...), '}'), nil
}

func decodeDeadLetter(text []byte) (ports.DeadLetter, error) {
	var d deadLetterWithData
	if err := json.Unmarshal(text, &d); err != nil {
		return ports.DeadLetter{}, fmt.Errorf("decode dead letter: %w", err)
	}
	if d.V != formatVersion {
		return ports.DeadLetter{}, fmt.Errorf("its format %d is not known", d.V)
	}
	return ports.DeadLetter{
		ID: d.ID, Projection: d.Projection, Cause: d.Cause, Attempts: d.Attempts, FirstAt: d.FirstAt.UTC(),
		LastAt: d.LastAt.UTC(),
		Event: ports.StreamEvent{
			Position: d.Position, Index: d.Index, Actor: d.Actor, RequestID: d.RequestID,
			Event: ports.Event{Stream: d.Stream, Version: d.Version, Type: d.Type, Time: d.Time.UTC(), Data: d.Data},
		},
	}, nil
}
