package durablefile

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// NameFor returns a file name for any text: a short plain text itself, for others one
// made from the hash, so that no text is a path, and no two share a name, on any file
// system. A name from a hash is longer than any plain text may be.
func NameFor(text string) string {
	if plainName.MatchString(text) {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return "x-" + hex.EncodeToString(sum[:])
}
