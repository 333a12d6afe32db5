package jsonevents

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// The beginnings of the two kinds of lines. Inside a line they cannot occur:
// a quotation mark in a text is escaped, and data begins with "data":.
const (
	lineStart   = `{"v":1,"position":`
	headerStart = `{"v":1,"segment":`
)

// checkSeal checks a line, without its line break, against the hash at its end,
// to the letter.
func checkSeal(b []byte) (hashed, error) {
	body := len(b) - sealLength
	if body <= 0 {
		return hashed{}, fmt.Errorf("%d bytes are too few for a line", len(b))
	}
	hash := hashed(sha256.Sum256(b[:body]))
	var want [sealLength]byte
	seal := append(want[:0], sealStart...)
	seal = hex.AppendEncode(seal, hash[:])
	seal = append(seal, sealEnd...)
	if string(b[body:]) != string(seal) {
		return hashed{}, fmt.Errorf("the hash does not match the line")
	}
	return hash, nil
}

// roomyLine is a line with room, in the same piece of memory, for what most
// lines hold: one event that links back to one commit.
type roomyLine struct {
	line
	event [1]ports.Event
	links [1][]link
	back  [1]link
}

// decodeLine reads a commit's line, given without its line break. What it takes
// is exactly what appendLine writes. The result and the events' data are parts
// of b, which live as long as the commit is looked at. Each text is a copy of
// its own: the index keeps the names of streams, and the ledger what they end
// with, and neither must keep more of the line than that.
func decodeLine(b []byte) (*line, error) {
	hash, err := checkSeal(b)
	if err != nil {
		return nil, err
	}
	l := &roomyLine{line: line{Hash: hash}}
	l.Events, l.Links = l.event[:0], l.links[:0]
	c := newCursor(b)
	l.Position = event.Position(c.Natural(lineStart))
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
		for i := 0; c.next(i); i++ {
			stream := event.StreamID(c.Text(`{"stream":`))
			l.Tokens = append(l.Tokens, ports.FencingToken{Stream: stream, Token: c.Natural(`,"token":`)})
			c.Expect(`}`)
		}
	}
	c.Expect(`,"events":`)
	for i := 0; c.next(i); i++ {
		c.event(l)
	}
	l.Prev = c.hash(`,"prev":`)
	if err := c.End(); err != nil {
		return nil, err
	}
	return &l.line, nil
}

// event reads one event into l.
func (c *cursor) event(l *roomyLine) {
	e := ports.Event{Time: l.Time}
	e.Stream = event.StreamID(c.Text(`{"stream":`))
	e.Version = event.Version(c.Natural(`,"version":`))
	e.Type = event.Type(c.Text(`,"type":`))
	if c.Has(`,"time":`) {
		e.Time = c.Time("")
	}
	var links []link
	if c.Has(`,"back":`) {
		if len(l.Links) == 0 {
			links = l.back[:0]
		}
		for i := 0; c.next(i); i++ {
			segment := event.Position(c.Natural(`[`))
			links = append(links, link{Segment: segment, Offset: c.Natural(`,`)})
			c.Expect(`]`)
		}
	}
	e.Data = c.Value(`,"data":`)
	c.Expect(`}`)
	l.Events = append(l.Events, e)
	l.Links = append(l.Links, links)
}

// decodeHeader reads a segment's first line.
func decodeHeader(b []byte) (*header, error) {
	hash, err := checkSeal(b)
	if err != nil {
		return nil, err
	}
	h := &header{Hash: hash}
	c := newCursor(b)
	h.Segment = event.Position(c.Natural(headerStart))
	h.Store = c.Text(`,"store":`)
	h.Epoch = c.Natural(`,"epoch":`)
	h.Prev = c.hash(`,"prev":`)
	return h, c.End()
}
