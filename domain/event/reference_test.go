package event_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
)

// simpleString is AppendString one character at a time.
func simpleString(s string) string {
	const hex = "0123456789abcdef"
	quoted := `"`
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == '"' || r == '\\':
			quoted += `\` + string(r)
		case r == '\n':
			quoted += `\n`
		case r < ' ':
			quoted += `\u00` + string(hex[r>>4]) + string(hex[r&15])
		default:
			quoted += string(r)
		}
	}
	return quoted + `"`
}

// simpleLength is ValueLength one byte at a time.
func simpleLength(b []byte) int {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
			if !inString && depth == 0 {
				return i + 1
			}
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i
			}
		case c == ',' && depth == 0:
			return i
		}
	}
	if depth > 0 || inString {
		return 0
	}
	return len(b)
}

// crowded makes texts in which what matters to the encoders is frequent.
var crowded = rapid.Custom(func(t *rapid.T) string {
	pieces := rapid.SampledFrom([]string{
		`"`, `\`, `{`, `}`, `[`, `]`, `,`, `:`, "a", "name", "longer than a word", "\x00", "\x1f", " ", "!", "#", "[", "]", "\x7f",
		"\n", "é", "\u0080", "日本", "\U0001f600", "\ufffd", "\u2028", "\x80", "\xff", "\xe6\x97", "1",
	})
	text := ""
	for _, piece := range rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces") {
		text += piece
	}
	return text
})

func checkAgainstSimple(t require.TestingT, text string) {
	require.Equal(t, "before"+simpleString(text), string(event.AppendString([]byte("before"), text)))
	require.Equal(t, simpleLength([]byte(text)), event.ValueLength([]byte(text)), "%q", text)
}

func TestTextsAreAsTheSimpleWayHasThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkAgainstSimple(t, crowded.Draw(t, "text")) })
	for c := range 256 { // in every place of a word
		for at := range 9 {
			text := []byte("12345678901")
			text[at] = byte(c)
			checkAgainstSimple(t, string(text))
		}
	}
}

func FuzzTexts(f *testing.F) {
	for _, text := range []string{usualData, `"a\"b"x`, `[[]`, `}`, "a\xffb", "12345678\\", "é,\"1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkAgainstSimple(t, text) })
}
