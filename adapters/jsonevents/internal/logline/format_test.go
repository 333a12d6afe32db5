package logline

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// drawLine makes a line with arbitrary texts.
func drawLine(t *rapid.T) *Line {
	text := rapid.OneOf(rapid.String(),
		rapid.SampledFrom([]string{`"`, `\`, Start, headerStart, sealStart, "\x00", "\u2028", "\ufffd", "a\nb"}))
	name := rapid.Custom(func(t *rapid.T) string { return "n" + text.Draw(t, "text") })
	number := rapid.Int64Range(0, 1e18-1)
	object := rapid.Custom(func(t *rapid.T) []byte {
		b, err := json.Marshal(rapid.MapOfN(text, rapid.SliceOfN(text, 0, 2), 0, 2).Draw(t, "object"))
		require.NoError(t, err)
		return b
	})
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(-62135596800_000000, 253402300799_999999).Draw(t, "microseconds")).UTC()
	})
	hash := rapid.Custom(func(t *rapid.T) Hash { return Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")) })
	l := &Line{Batch: number.Draw(t, "batch"), Prev: hash.Draw(t, "prev")}
	l.Position = event.Position(number.Draw(t, "position"))
	l.ID, l.Time = text.Draw(t, "id"), instant.Draw(t, "time")
	l.Actor, l.RequestID = text.Draw(t, "actor"), text.Draw(t, "request id")
	l.Key, l.Fingerprint = text.Draw(t, "key"), text.Draw(t, "fingerprint")
	l.Result = rapid.SampledFrom([][]byte{nil, []byte("1"), []byte(`"x,}"`), object.Draw(t, "result")}).Draw(t, "which")
	for range rapid.IntRange(0, 2).Draw(t, "epochs") {
		l.Tokens = append(l.Tokens,
			ports.FencingToken{Stream: event.StreamID(name.Draw(t, "stream")), Token: number.Draw(t, "token")})
	}
	for range rapid.IntRange(1, 3).Draw(t, "events") {
		e := ports.Event{
			Stream: event.StreamID(name.Draw(t, "stream")), Type: event.Type(name.Draw(t, "type")), Time: l.Time,
			Data: object.Draw(t, "data"),
		}
		e.Version = event.Version(number.Draw(t, "version"))
		if rapid.Bool().Draw(t, "own time") {
			e.Time = instant.Draw(t, "event time")
		}
		var back []Offset
		for range rapid.IntRange(0, 3).Draw(t, "links") {
			back = append(back, Offset{Segment: event.Position(number.Draw(t, "segment")), Byte: number.Draw(t, "offset")})
		}
		l.Events, l.Back = append(l.Events, e), append(l.Back, back)
	}
	return l
}

func TestLinesReadBack(t *testing.T) {
	t.Run("a line is one line of JSON and reads back as it was", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			l := drawLine(t)
			b, hash := Append([]byte("before"), l)
			b = b[len("before"):]
			require.NotContains(t, string(b), "\n")
			require.True(t, json.Valid(b), "%s", b)
			found, err := Decode(b)
			require.NoError(t, err)
			l.Hash = hash
			require.Equal(t, l, found)
		})
	})
	t.Run("so does a header", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			l := drawLine(t)
			h := &Header{Segment: l.Position, Store: l.Actor, Token: l.Batch, Prev: l.Prev}
			b, hash := h.Encode()
			require.True(t, json.Valid(b))
			found, err := DecodeHeader(b)
			require.NoError(t, err)
			h.Hash = hash
			require.Equal(t, h, found)
		})
	})
}
