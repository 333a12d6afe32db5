package endtoend_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/needs"
)

// smallDisk mounts a file system of so many MiB. Where this process may not mount, the
// test is skipped; the same faults are then provoked on the simulated disk alone
// (adapters/disk_faults_test.go).
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes))
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENODEV) {
		needs.Privilege(t, "mount", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}
