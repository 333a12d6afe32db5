package query

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/onhand/onhand/domain/event"
)

// ErrMalformedCursor means that the cursor is none that this query gave.
var ErrMalformedCursor = errors.New("the cursor does not belong to this query: send nextCursor of its last page, with the same parameters")

// A cursor is opaque: the end of the page before, after a digest that binds it
// to the question.
const digestBytes = 8

// cursor makes and reads the cursors of one question.
type cursor struct{ digest [digestBytes]byte }

// cursorFor binds cursors to a question and everything that it is about.
func cursorFor(asked ...string) cursor {
	sum := sha256.Sum256([]byte("cursor.v1\x00" + strings.Join(asked, "\x00")))
	return cursor{digest: [digestBytes]byte(sum[:digestBytes])}
}

func (c cursor) encode(end string) string {
	return base64.RawURLEncoding.EncodeToString(append(c.digest[:], end...))
}

// decode gives back where the page before ended; "" for the empty cursor.
func (c cursor) decode(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= digestBytes || [digestBytes]byte(raw[:digestBytes]) != c.digest {
		return "", ErrMalformedCursor
	}
	return string(raw[digestBytes:]), nil
}

func (c cursor) encodeVersion(v event.Version) string {
	return c.encode(strconv.FormatInt(int64(v), 10))
}

func (c cursor) version(text string) (event.Version, error) {
	end, err := c.decode(text)
	if err != nil || end == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(end, 10, 64)
	if err != nil || n < 1 {
		return 0, ErrMalformedCursor
	}
	return event.Version(n), nil
}
