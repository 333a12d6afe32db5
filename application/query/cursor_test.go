package query

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCursorsAreBoundToTheirQuestion(t *testing.T) {
	asked := cursorFor("items", "S1", "a")
	text := asked.encode("sku/日本語")
	end, err := asked.decode(text)
	require.NoError(t, err)
	require.Equal(t, "sku/日本語", end)
	for _, other := range []cursor{
		cursorFor("items", "S1", "b"), cursorFor("items", "S1a"), cursorFor("items", "S", "1a"),
	} {
		_, err := other.decode(text)
		require.ErrorIs(t, err, ErrMalformedCursor)
	}
	end, err = asked.decode("")
	require.NoError(t, err)
	require.Empty(t, end)
	_, err = asked.decode(asked.encode(""))
	require.ErrorIs(t, err, ErrMalformedCursor, "an end of nothing is none")
	for _, bad := range []string{"-1", "0", "x", "99999999999999999999"} {
		_, err := asked.version(asked.encode(bad))
		require.ErrorIs(t, err, ErrMalformedCursor)
	}
	v, err := asked.version(asked.encodeVersion(7))
	require.NoError(t, err)
	require.EqualValues(t, 7, v)
}

// FuzzCursor: any text is a cursor of this question or none, and one that is
// taken is the one that the question gives for the same end.
func FuzzCursor(f *testing.F) {
	asked := cursorFor("fuzz")
	f.Add(asked.encode("sku"))
	f.Fuzz(func(t *testing.T, text string) {
		end, err := asked.decode(text)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformedCursor)
		} else if text != "" {
			require.Equal(t, asked.encode(end), text)
		}
		_, _ = asked.version(text)
		wrapped := base64.RawURLEncoding.EncodeToString(append(asked.digest[:], text...))
		if end, err := asked.decode(wrapped); err == nil {
			require.Equal(t, text, end)
		}
	})
}
