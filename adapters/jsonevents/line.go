package jsonevents

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// hashed is a SHA-256.
type hashed [sha256.Size]byte

func (h hashed) String() string { return hex.EncodeToString(h[:]) }

// link says where a commit's line begins: the first position of its segment
// and the byte offset in it.
type link struct {
	Segment event.Position
	Offset  int64
}

// line is one commit as it stands in the log.
type line struct {
	ports.Recorded
	Batch int64    // offset at which the line's group commit begins
	Links [][]link // of each event, the commits that hold earlier versions; see history.go
	Prev  hashed   // of the line before, across segments
	Hash  hashed   // of this line's bytes up to the hash
}

// header is the first line of a segment.
type header struct {
	Segment event.Position // first position that the segment may hold
	Store   string         // id of the store, the same in every segment
	Epoch   int64          // highest fencing token in the log before the segment
	Prev    hashed
	Hash    hashed
}

// The end of every line: `,"hash":"` 64 hex digits `"}`.
const (
	sealStart  = `,"hash":"`
	sealEnd    = `"}`
	sealLength = len(sealStart) + 2*sha256.Size + len(sealEnd)
)

// appendSeal hashes what dst holds from start on and ends the line with it.
func appendSeal(dst []byte, start int) ([]byte, hashed) {
	hash := hashed(sha256.Sum256(dst[start:]))
	dst = append(dst, sealStart...)
	dst = hex.AppendEncode(dst, hash[:])
	return append(dst, sealEnd...), hash
}

// appendLine appends l with its hash and returns the hash; it ignores l.Hash.
// The order and spelling of members are part of the format: the decoder takes
// nothing else.
func appendLine(dst []byte, l *line) ([]byte, hashed) {
	start := len(dst)
	dst = append(dst, `{"v":1,"position":`...)
	dst = strconv.AppendInt(dst, int64(l.Position), 10)
	dst = event.AppendTime(append(dst, `,"time":`...), l.Time)
	dst = event.AppendString(append(dst, `,"id":`...), l.ID)
	dst = appendOptional(dst, `,"actor":`, l.Actor)
	dst = appendOptional(dst, `,"requestId":`, l.RequestID)
	dst = appendOptional(dst, `,"key":`, l.Key)
	dst = appendOptional(dst, `,"fingerprint":`, l.Fingerprint)
	if len(l.Result) > 0 {
		dst = append(append(dst, `,"result":`...), l.Result...)
	}
	dst = strconv.AppendInt(append(dst, `,"batch":`...), l.Batch, 10)
	if len(l.Tokens) > 0 {
		dst = appendEpochs(dst, l.Tokens)
	}
	dst = append(dst, `,"events":[`...)
	for i := range l.Events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendEvent(dst, l, i)
	}
	dst = append(dst, `],"prev":"`...)
	dst = hex.AppendEncode(dst, l.Prev[:])
	dst = append(dst, '"')
	return appendSeal(dst, start)
}

func appendEvent(dst []byte, l *line, i int) []byte {
	e := &l.Events[i]
	dst = event.AppendString(append(dst, `{"stream":`...), string(e.Stream))
	dst = strconv.AppendInt(append(dst, `,"version":`...), int64(e.Version), 10)
	dst = event.AppendString(append(dst, `,"type":`...), string(e.Type))
	if !e.Time.Equal(l.Time) {
		dst = event.AppendTime(append(dst, `,"time":`...), e.Time)
	}
	if links := l.Links[i]; len(links) > 0 {
		dst = append(dst, `,"back":[`...)
		for n, back := range links {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(append(dst, '['), int64(back.Segment), 10)
			dst = strconv.AppendInt(append(dst, ','), back.Offset, 10)
			dst = append(dst, ']')
		}
		dst = append(dst, ']')
	}
	dst = append(append(dst, `,"data":`...), e.Data...)
	return append(dst, '}')
}

func appendEpochs(dst []byte, epochs []ports.FencingToken) []byte {
	dst = append(dst, `,"epochs":[`...)
	for i, e := range epochs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = event.AppendString(append(dst, `{"stream":`...), string(e.Stream))
		dst = strconv.AppendInt(append(dst, `,"token":`...), e.Token, 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendOptional(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	return event.AppendString(append(dst, name...), text)
}

// encode is the header's line without its line break, and its hash.
func (h *header) encode() ([]byte, hashed) {
	dst := strconv.AppendInt([]byte(headerStart), int64(h.Segment), 10)
	dst = event.AppendString(append(dst, `,"store":`...), h.Store)
	dst = strconv.AppendInt(append(dst, `,"epoch":`...), h.Epoch, 10)
	dst = append(dst, `,"prev":"`...)
	dst = hex.AppendEncode(dst, h.Prev[:])
	dst = append(dst, '"')
	return appendSeal(dst, 0)
}
