package logline

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Line is one commit as the log holds it.
type Line struct {
	ports.Recorded
	Batch int64      // the byte of the segment at which the line's group commit begins
	Back  [][]Offset // of each event its skip pointers: commits that hold earlier versions
	Prev  Hash       // of the line before, across segments
	Hash  Hash       // of the bytes of this line before its seal
}

// Tip identifies the last commit of a log.
type Tip struct {
	Position event.Position
	Time     time.Time
	Hash     Hash // of the commit's line
}

// Tip returns the end of the log after the line.
func (l *Line) Tip() Tip { return Tip{Position: l.Position, Time: l.Time, Hash: l.Hash} }

// Append appends l with its hash and returns the hash. It ignores l.Hash.
func Append(dst []byte, l *Line) ([]byte, Hash) {
	start := len(dst)
	dst = append(dst, Start...)
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
		dst = appendTokens(dst, l.Tokens)
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
	return Seal(dst, start)
}

func appendEvent(dst []byte, l *Line, i int) []byte {
	e := &l.Events[i]
	dst = event.AppendString(append(dst, `{"stream":`...), string(e.Stream))
	dst = strconv.AppendInt(append(dst, `,"version":`...), int64(e.Version), 10)
	dst = event.AppendString(append(dst, `,"type":`...), string(e.Type))
	if !e.Time.Equal(l.Time) {
		dst = event.AppendTime(append(dst, `,"time":`...), e.Time)
	}
	if back := l.Back[i]; len(back) > 0 {
		dst = append(dst, `,"back":[`...)
		for n, o := range back {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = o.Append(dst)
		}
		dst = append(dst, ']')
	}
	dst = append(append(dst, `,"data":`...), e.Data...)
	return append(dst, '}')
}

func appendTokens(dst []byte, tokens []ports.FencingToken) []byte {
	dst = append(dst, `,"epochs":[`...)
	for i, t := range tokens {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = event.AppendString(append(dst, `{"stream":`...), string(t.Stream))
		dst = strconv.AppendInt(append(dst, `,"token":`...), t.Token, 10)
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
