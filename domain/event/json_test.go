package event_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
)

func TestTextsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		encoded := event.AppendString([]byte("x"), text)[1:]
		require.NotContains(t, string(encoded), "\n")
		var back string
		require.NoError(t, json.Unmarshal(encoded, &back))
		require.Equal(t, text, back)
		require.Equal(t, len(encoded), event.ValueLength(append(encoded, `,"next":"}"`...)))
	})
	require.Equal(t, "\"a\ufffdb\"", string(event.AppendString(nil, "a\xffb")))
}

func TestValueLength(t *testing.T) {
	for text, want := range map[string]int{
		`{"a":[1,{"b":"}]\""}]},"c":1`: 22,
		`[]`:                           2,
		`"a\"b"x`:                      6,
		`12,`:                          2,
		`true}`:                        4,
		`null`:                         4,
		``:                             0,
		`{"a":1`:                       0,
		`"open`:                        0,
		`"a\`:                          0,
		`[[]`:                          0,
	} {
		require.Equal(t, want, event.ValueLength([]byte(text)), text)
	}
}
