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

// Grace is for how long an older secret goes on signing beside its successor.
const Grace = 24 * time.Hour

// maxSecrets is how many secrets sign at a time: who rotates faster loses the oldest.
const maxSecrets = 3

const (
	secretPrefix   = "whsec_"
	minSecretBytes = 24
	maxSecretBytes = 64
)

// SecretText is a secret as a client sends it: "whsec_" and 24 to 64 bytes in base64.
// It is never shown.
type SecretText string

const redacted = "(secret)"

// String keeps it out of every log and message.
func (SecretText) String() string { return redacted }

// Format does the same for every verb of package fmt.
func (SecretText) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, redacted) }

// MarshalJSON does the same where somebody writes a command as JSON.
func (SecretText) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

var errSecret = fmt.Errorf("must be %s followed by %d to %d bytes in base64", secretPrefix, minSecretBytes, maxSecretBytes)

// key is the secret itself.
func (s SecretText) key() ([]byte, error) {
	encoded, prefixed := strings.CutPrefix(string(s), secretPrefix)
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !prefixed || err != nil || strings.ContainsAny(encoded, "\r\n") || len(key) < minSecretBytes || len(key) > maxSecretBytes {
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

// inUse are the secrets that sign at a time, the newest first.
func inUse(all []ports.Secret, now time.Time) []ports.Secret {
	return slices.DeleteFunc(slices.Clone(all), func(s ports.Secret) bool { return !s.Until.IsZero() && !now.Before(s.Until) })
}

// rotated puts a new secret in front of those in use.
func rotated(all []ports.Secret, key []byte, now time.Time) []ports.Secret {
	old := inUse(all, now)
	for i := range old {
		if old[i].Until.IsZero() {
			old[i].Until = now.Add(Grace)
		}
	}
	return append([]ports.Secret{{Key: key}}, old[:min(len(old), maxSecrets-1)]...)
}
