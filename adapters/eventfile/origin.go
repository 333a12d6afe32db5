package eventfile

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/ports"
)

// ComesFrom checks that the last event in the file at the start is one of a log. In a
// file of another log, or of this one before an older backup took its place, new events
// would seem to be there already and never be written: it is a *ports.CorruptError.
func (f *File) ComesFrom(ctx context.Context, log ports.EventFeed) error {
	if f.last == nil {
		return nil
	}
	id, _ := lineID(f.last)
	for c, err := range log.Commits(ctx, id.Position-1) {
		if err != nil {
			return fmt.Errorf("read the log for the events file: %w", err)
		}
		if id.Index < 0 || id.Index >= len(c.Events) {
			break
		}
		e := ports.StreamEvent{Position: c.Position, Index: id.Index, Event: c.Events[id.Index]}
		if identity(cloudevent.Append(nil, f.source, &e)) == identity(f.last) {
			return nil
		}
		break
	}
	return &ports.CorruptError{Location: f.path, Problem: fmt.Sprintf(
		"its last event, %d.%d, differs from that event of the log: "+
			"the file belongs to another log, or the log to an older backup; move the file aside", id.Position, id.Index,
	)}
}

// what tells an event from others that would have its ID.
type what struct{ ID, Type, Subject, Time string }

func identity(line []byte) (w what) {
	_ = json.Unmarshal(line, &w) // it was valid before
	return w
}
