package logline

import (
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// The beginnings of the two kinds of lines. They cannot occur inside a line: a quotation mark in
// a text is escaped, and data begins with "data":.
const (
	// Start begins the line of a commit; its position follows.
	Start = `{"v":1,"position":`

	headerStart = `{"v":1,"segment":`
)

// roomyLine is a line together with the memory for the usual content: one event with one skip
// pointer. So decoding takes one allocation instead of four.
type roomyLine struct {
	Line
	event [1]ports.Event
	back  [1][]Offset
	first [1]Offset
}

// Decode reads a commit's line, given without its line break. It accepts exactly the lines that
// Append writes. The result and the events' data are parts of b and live as long as the commit is in
// use. Each text is a copy of its own, because the index and the ledger keep some texts, which
// must not keep the rest of the line in memory.
func Decode(b []byte) (*Line, error) {
	hash, err := CheckSeal(b)
	if err != nil {
		return nil, err
	}
	l := &roomyLine{Line: Line{Hash: hash}}
	l.Events, l.Back = l.event[:0], l.back[:0]
	c := NewCursor(b)
	l.Position = event.Position(c.Natural(Start))
	l.Time = c.Time(`,"time":`)
	l.ID = c.Text(`,"id":`)
	l.Actor = c.Optional(`,"actor":`)
	l.RequestID = c.Optional(`,"requestId":`)
	l.Key = c.Optional(`,"key":`)
	l.Fingerprint = c.Optional(`,"fingerprint":`)
	if c.Has(`,"result":`) {
		l.Result = c.Value("")
	}
	l.Batch = c.Natural(`,"batch":`)
	if c.Has(`,"epochs":`) {
		for i := 0; c.NextOf(i); i++ {
			stream := event.StreamID(c.Text(`{"stream":`))
			l.Tokens = append(l.Tokens, ports.FencingToken{Stream: stream, Token: c.Natural(`,"token":`)})
			c.Expect(`}`)
		}
	}
	c.Expect(`,"events":`)
	for i := 0; c.NextOf(i); i++ {
		l.takeEvent(&c)
	}
	l.Prev = c.Hash(`,"prev":`)
	if err := c.End(); err != nil {
		return nil, err
	}
	return &l.Line, nil
}

// takeEvent reads one event into l.
func (l *roomyLine) takeEvent(c *Cursor) {
	e := ports.Event{Time: l.Time}
	e.Stream = event.StreamID(c.Text(`{"stream":`))
	e.Version = event.Version(c.Natural(`,"version":`))
	e.Type = event.Type(c.Text(`,"type":`))
	if c.Has(`,"time":`) {
		e.Time = c.Time("")
	}
	var back []Offset
	if c.Has(`,"back":`) {
		if len(l.Back) == 0 {
			back = l.first[:0]
		}
		for i := 0; c.NextOf(i); i++ {
			back = append(back, c.Offset(""))
		}
	}
	e.Data = c.Value(`,"data":`)
	c.Expect(`}`)
	l.Events = append(l.Events, e)
	l.Back = append(l.Back, back)
}
