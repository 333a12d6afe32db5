package simdisk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

func TestProcesses(t *testing.T) {
	disk, _ := begun(t)
	one, two := disk.Process(), disk.Process()
	f, err := one.OpenRW(name)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("D"), 0)
	require.NoError(t, err)
	seen, err := durablefile.ReadAll(two, name)
	require.NoError(t, err)
	require.Equal(t, "Durable", string(seen), "at once")

	mine, err := one.OpenLock("/d/lock")
	require.NoError(t, err)
	free, err := mine.TryLock()
	require.NoError(t, err)
	require.True(t, free)
	_, err = one.LockDir("/d", durablefile.Exclusive)
	require.NoError(t, err)
	theirs, err := two.OpenLock("/d/lock")
	require.NoError(t, err)
	free, err = theirs.TryLock()
	require.NoError(t, err)
	require.False(t, free)
	_, err = two.LockDir("/d", durablefile.Shared)
	require.ErrorIs(t, err, durablefile.ErrLocked)

	one.Kill()
	free, err = theirs.TryLock()
	require.NoError(t, err)
	require.True(t, free, "a killed process holds no lock")
	_, err = two.LockDir("/d", durablefile.Shared)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("X"), 0)
	require.ErrorIs(t, err, simdisk.ErrKilled)
	_, err = mine.TryLock()
	require.ErrorIs(t, err, simdisk.ErrKilled)
	_, err = one.Open(name)
	require.ErrorIs(t, err, simdisk.ErrKilled)
	seen, err = durablefile.ReadAll(two, name)
	require.NoError(t, err)
	require.Equal(t, "Durable", string(seen))
	require.NotContains(t, outcomes(t, disk, content(t)), "X")
}
