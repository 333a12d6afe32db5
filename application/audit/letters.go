package audit

import (
	"errors"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/ports"
)

// deadLetterEvent checks that a discarded event exists. Each
// letter is given up once.
func (a *Auditor) deadLetterEvent(id string, e *ports.Event) error {
	if err := follows(e, 0, e.Time); err != nil {
		return err
	}
	fact, err := deadletter.Decode(e.Type, e.Data)
	if err != nil {
		return err
	}
	if id != ports.DeadLetterID(fact.Projection, ports.EventID{Position: fact.Position, Index: fact.Index}) {
		return errors.New("it is about another event than its stream")
	}
	if fact.Position >= a.position {
		return errors.New("the event that it gives up comes later")
	}
	return nil
}
