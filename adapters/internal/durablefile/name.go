package durablefile

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// NameFor is a file name for any text: the text itself where it is a short plain
// one, else made from its hash, so that no text is a path, and no two share a
// name, on any file system. What it makes of a hash is too long to be a plain text.
func NameFor(text string) string {
	if plainName.MatchString(text) {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return "x-" + hex.EncodeToString(sum[:])
}
