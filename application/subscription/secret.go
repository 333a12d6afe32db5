package subscription

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/ports"
)

// Grace is how long an older secret continues to sign beside its successor.
const Grace = 24 * time.Hour

// maxSecrets is the number of secrets that sign at a time. A faster rotation drops the oldest.
const maxSecrets = 3

const (
	secretPrefix   = "whsec_"
	minSecretBytes = 24
	maxSecretBytes = 64
)

// SecretText is a secret as a client sends it: "whsec_" and 24 to 64 bytes in base64. It is
// never printed.
type SecretText string

const redacted = "(secret)"

// String keeps the secret out of every log and message.
func (SecretText) String() string { return redacted }

// Format does the same for every verb of package fmt.
func (SecretText) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, redacted) }

// MarshalJSON does the same for a command that is written as JSON.
func (SecretText) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

var errSecret = fmt.Errorf(
	"must be %s followed by %d to %d bytes in base64", secretPrefix, minSecretBytes, maxSecretBytes,
)

// key returns the bytes of the secret.
func (s SecretText) key() ([]byte, error) {
	encoded, prefixed := strings.CutPrefix(string(s), secretPrefix)
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	fits := len(key) >= minSecretBytes && len(key) <= maxSecretBytes
	if !prefixed || err != nil || strings.ContainsAny(encoded, "\r\n") || !fits {
		return nil, errSecret
	}
	return key, nil
}

// checkSecret is a rule of validation.
func checkSecret(value any) error {
	if value.(SecretText) == "" {
		return errors.New("is required")
	}
	_, err := value.(SecretText).key()
	return err
}

// inUse returns the secrets that sign at a time, the newest first.
func inUse(all []ports.Secret, now time.Time) []ports.Secret {
	ended := func(s ports.Secret) bool { return !s.Until.IsZero() && !now.Before(s.Until) }
	return slices.DeleteFunc(slices.Clone(all), ended)
}

// rotated returns a new secret followed by those in use.
func rotated(all []ports.Secret, key []byte, now time.Time) []ports.Secret {
	old := inUse(all, now)
	for i := range old {
		if old[i].Until.IsZero() {
			old[i].Until = now.Add(Grace)
		}
	}
	return append([]ports.Secret{{Key: key}}, old[:min(len(old), maxSecrets-1)]...)
}
