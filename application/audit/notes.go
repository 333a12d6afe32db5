package audit

import (
	"errors"

	"github.com/onhand/onhand/domain/answer"
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

// answerEvent checks that the commit of a kept answer has a key, the answer and no other event.
func (a *Auditor) answerEvent(c *ports.Recorded, id string, e *ports.Event) error {
	if err := follows(e, a.answers[id], e.Time); err != nil {
		return err
	}
	a.answers[id] = e.Version
	fact, err := answer.Decode(e.Type, e.Data)
	switch {
	case err != nil:
		return err
	case c.Key == "" || len(c.Events) > 1:
		return errors.New("its commit has no key, or changes something")
	case fact.Bytes != len(c.Result):
		return errors.New("the commit's answer has another size")
	}
	return nil
}
