package logline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// The end of every line: `,"hash":"` 64 hex digits `"}`.
const (
	sealStart = `,"hash":"`
	sealEnd   = `"}`

	// SealLength is the length of the seal in bytes.
	SealLength = len(sealStart) + 2*sha256.Size + len(sealEnd)
)

// Seal hashes the bytes of dst from start on and ends the line with the hash.
func Seal(dst []byte, start int) ([]byte, Hash) {
	hash := Hash(sha256.Sum256(dst[start:]))
	dst = append(dst, sealStart...)
	dst = hex.AppendEncode(dst, hash[:])
	return append(dst, sealEnd...), hash
}

var errHash = errors.New("the hash does not match the line")

// CheckSeal compares a line, without its line break, with the hash at its end. The spelling of
// the seal must be exact too. A sealed line of a newer format gives *NewerError.
func CheckSeal(b []byte) (Hash, error) {
	body := len(b) - SealLength
	if body <= 0 {
		return Hash{}, fmt.Errorf("%d bytes are too few for a line", len(b))
	}
	hash := Hash(sha256.Sum256(b[:body]))
	var want [SealLength]byte
	seal := append(want[:0], sealStart...)
	seal = hex.AppendEncode(seal, hash[:])
	seal = append(seal, sealEnd...)
	if string(b[body:]) != string(seal) {
		return Hash{}, errHash
	}
	return hash, checkFormat(b)
}
