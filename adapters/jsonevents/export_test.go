package jsonevents

import "github.com/onhand/onhand/adapters/jsonevents/internal/logline"

// Sealed ends a line with its hash.
func Sealed(text string) string {
	sealed, _ := logline.Seal([]byte(text), 0)
	return string(sealed)
}

// Fail stops a store as a fault that is not its own does.
func Fail(s *Store, cause error) { s.health.fail(cause, nil) }
