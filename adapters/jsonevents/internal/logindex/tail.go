package logindex

import (
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// tail is the end of one stream.
type tail struct {
	version event.Version
	last    logline.Offset // of the commit that holds the newest version
	anchors *anchor        // nil until the stream has SkipBase versions, as most never have
}

// anchor is the offset of the newest version that a power of SkipBase divides: SkipBase itself
// for a tail's first anchor, and the next power for each higher one. It never changes: an index
// and the changes that wait to be applied to it share anchors.
type anchor struct {
	at     logline.Offset
	higher *anchor
}

// next returns the tail after one more event at an offset, and the event's skip pointers, as
// logline.SkipBase describes them.
func (t tail) next(at logline.Offset) (after tail, back []logline.Offset) {
	after = tail{version: t.version + 1, last: at, anchors: t.anchors}
	if t.version > 0 {
		back = append(back, t.last)
	}
	levels := 0
	for step := event.Version(logline.SkipBase); after.version%step == 0; step *= logline.SkipBase {
		levels++
	}
	after.anchors, back = t.anchors.moved(levels, at, back)
	return after, back
}

// moved returns the anchors with the lowest levels moved to an offset, and appends to back where
// these were.
func (a *anchor) moved(levels int, at logline.Offset, back []logline.Offset) (*anchor, []logline.Offset) {
	if levels == 0 {
		return a, back
	}
	var higher *anchor
	if a != nil {
		back = append(back, a.at)
		higher = a.higher
	}
	higher, back = higher.moved(levels-1, at, back)
	return &anchor{at: at, higher: higher}, back
}

// equal reports whether two tails lead to the same commits.
func (t tail) equal(other tail) bool {
	a, b := t.anchors, other.anchors
	for a != nil && b != nil && a.at == b.at {
		a, b = a.higher, b.higher
	}
	return t.version == other.version && t.last == other.last && a == nil && b == nil
}
