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

// decodeLine reads a commit's line, given without its line break. What it takes
// is exactly what appendLine writes.
func decodeLine(b []byte) (*line, error) {
	hash, err := checkSeal(b)
	if err != nil {
		return nil, err
	}
	l := &line{Hash: hash}
	c := &cursor{rest: b[:len(b)-sealLength]}
	c.expect(lineStart)
	l.Position = event.Position(c.integer())
	c.expect(`,"time":`)
	l.Time = c.time()
	c.expect(`,"id":`)
	l.ID = c.text()
	l.Actor = c.optional(`,"actor":`)
	l.RequestID = c.optional(`,"requestId":`)
	l.Key = c.optional(`,"key":`)
	l.Fingerprint = c.optional(`,"fingerprint":`)
	if c.has(`,"result":`) {
		l.Result = c.value()
	}
	c.expect(`,"batch":`)
	l.Batch = c.integer()
	if c.has(`,"epochs":`) {
		list(c, func() {
			var e ports.Epoch
			c.expect(`{"stream":`)
			e.Stream = event.StreamID(c.text())
			c.expect(`,"token":`)
			e.Token = c.integer()
			c.expect(`}`)
			l.Epochs = append(l.Epochs, e)
		})
	}
	c.expect(`,"events":`)
	list(c, func() { c.event(l) })
	c.expect(`,"prev":`)
	l.Prev = c.hash()
	return l, c.end()
}

// event reads one event into l.
func (c *cursor) event(l *line) {
	e := ports.Event{Time: l.Time}
	c.expect(`{"stream":`)
	e.Stream = event.StreamID(c.text())
	c.expect(`,"version":`)
	e.Version = event.Version(c.integer())
	c.expect(`,"type":`)
	e.Type = event.Type(c.text())
	if c.has(`,"time":`) {
		e.Time = c.time()
	}
	var links []link
	if c.has(`,"back":`) {
		list(c, func() {
			var back link
			c.expect(`[`)
			back.Segment = event.Position(c.integer())
			c.expect(`,`)
			back.Offset = c.integer()
			c.expect(`]`)
			links = append(links, back)
		})
	}
	c.expect(`,"data":`)
	e.Data = c.value()
	c.expect(`}`)
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
	c := &cursor{rest: b[:len(b)-sealLength]}
	c.expect(headerStart)
	h.Segment = event.Position(c.integer())
	c.expect(`,"store":`)
	h.Store = c.text()
	c.expect(`,"epoch":`)
	h.Epoch = c.integer()
	c.expect(`,"prev":`)
	h.Prev = c.hash()
	return h, c.end()
}
