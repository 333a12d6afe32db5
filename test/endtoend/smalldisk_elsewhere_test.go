//go:build !linux

package endtoend_test

import (
	"errors"
	"testing"

	"github.com/onhand/onhand/test/needs"
)

// smallDisk skips the test: its mount is Linux's.
func smallDisk(t *testing.T, _ int) string {
	t.Helper()
	needs.Privilege(t, "mount", errors.ErrUnsupported)
	return ""
}
