package query

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// ErrMalformedCursor means that the cursor is none that this query gave.
var ErrMalformedCursor = errors.New("the cursor is not one that this query gave")

// A cursor is opaque: a number that says where to go on, and a digest that
// binds it to what was asked.
const cursorDigest = 8

func digest(asked string) [cursorDigest]byte {
	sum := sha256.Sum256([]byte("cursor.v1\x00" + asked))
	return [cursorDigest]byte(sum[:cursorDigest])
}

// encodeCursor makes the cursor that goes on at number, above 0, when asked.
func encodeCursor(number int64, asked string) string {
	bound := digest(asked)
	raw := binary.BigEndian.AppendUint64(bound[:], uint64(number)) //nolint:gosec // above 0
	return base64.RawURLEncoding.EncodeToString(raw)
}

// decodeCursor gives the number back, 0 for the empty cursor.
func decodeCursor(cursor, asked string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) != cursorDigest+8 || [cursorDigest]byte(raw[:cursorDigest]) != digest(asked) {
		return 0, ErrMalformedCursor
	}
	number := int64(binary.BigEndian.Uint64(raw[cursorDigest:])) //nolint:gosec // checked next
	if number < 1 {
		return 0, ErrMalformedCursor
	}
	return number, nil
}
