package adapters_test

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

const snapshotDir = "/data/snapshots"

// TestASnapshotThatFindsNoRoomHarmsNoRequest provokes on the simulated disk what a
// full one does to a snapshot: at each of its calls, while writes continue.
func TestASnapshotThatFindsNoRoomHarmsNoRequest(t *testing.T) {
	for _, op := range []string{"create", "write", "sync", "rename"} {
		inBubble(t, op, func(s *service) {
			require.Equal(s.t, "200 1", s.add("Idempotency-Key: a"))
			failures := 0
			s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
				if c.Op != op || !strings.HasPrefix(c.Name, snapshotDir) {
					return simdisk.Fault{}
				}
				failures++
				return simdisk.Fault{Err: syscall.ENOSPC, Keep: 9}
			})
			require.ErrorIs(s.t, s.snapshotter.Take(context.Background(), nil), syscall.ENOSPC)
			require.Positive(s.t, failures)
			require.Equal(s.t, "200 2", s.add(), "the log has room")
			require.Equal(s.t, "200 0", s.ask("GET", "/readyz", ""))
			names, err := s.disk.List(snapshotDir)
			require.NoError(s.t, err)
			for _, name := range names {
				require.False(s.t, strings.HasSuffix(name, ".tmp"), "%s is left", name)
			}
			s.disk.Plan(nil)
			require.Equal(s.t, "200 3", s.add())
			require.NoError(s.t, s.snapshotter.Take(context.Background(), nil))
			require.Equal(s.t, "200 4", s.add())
			s.stop()
			again := start(s.t, s.disk.Restart())
			require.Empty(s.t, again.told)
			require.Equal(s.t, "200 4", again.read())
			require.Equal(s.t, "200 1", again.add("Idempotency-Key: a"), "it was done")
			again.stop()
		})
	}
}
