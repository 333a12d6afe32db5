package documents

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

const (
	fileX = ".json"
	tmpX  = ".tmp"

	sealStart = "\n{\"hash\":\""
	sealEnd   = "\"}\n"
)

// seal puts the hash of a document behind it.
func seal(document []byte) []byte {
	sum := sha256.Sum256(document)
	content := append(bytes.Clone(document), sealStart...)
	return append(hex.AppendEncode(content, sum[:]), sealEnd...)
}

// unseal gives the document of a file's content.
func unseal(content []byte) ([]byte, error) {
	length := len(content) - len(sealStart) - 2*sha256.Size - len(sealEnd)
	if length < 0 || !bytes.Equal(seal(content[:length]), content) {
		return nil, errors.New("the hash at its end is not that of what it holds")
	}
	return content[:length], nil
}
