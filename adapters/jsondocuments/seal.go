package jsondocuments

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
)

const (
	fileX = ".json"
	tmpX  = ".tmp"

	sealStart = "\n{\"hash\":\""
	sealEnd   = "\"}\n"
)

// formatOf returns the format of a document, 0 if it has none. Every version keeps the seal, and the
// format in the member v.
func formatOf(text []byte) int64 {
	var d struct{ V int64 }
	_ = json.Unmarshal(text, &d) // its other members are not read
	return d.V
}

// seal returns the content of a document's file: the document and its hash.
func seal(text []byte) []byte {
	sum := sha256.Sum256(text)
	content := append(bytes.Clone(text), sealStart...)
	return append(hex.AppendEncode(content, sum[:]), sealEnd...)
}

// unseal returns the document in a file's content.
func unseal(content []byte) ([]byte, error) {
	length := len(content) - len(sealStart) - 2*sha256.Size - len(sealEnd)
	if length < 0 || !bytes.Equal(seal(content[:length]), content) {
		return nil, errors.New("the hash at its end is not that of what it holds")
	}
	return content[:length], nil
}
