package jsonevents_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func TestTheRestOfAKilledProcessIsTakenOver(t *testing.T) {
	rng := seeded(t)
	inBubble(t, "a segment that it had begun is found after a loss of power, too", func(t *testing.T) {
		s := newShared(t)
		s.opts.SegmentBytes = 400
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		s.fails("rename", segment(2), simdisk.Fault{Err: simdisk.ErrKilled, Keep: 1, Kill: a.process}) // right after it
		require.Error(t, attempt(a, entry("x", 2)))
		pass(time.Second)
		s.heals()
		require.Contains(t, s.files(), segment(2))
		put(t, b, entry("y", 1))
		for _, after := range afterwards(s.disk, rng, 20) {
			next := s.moved(after.disk)
			again := next.join()
			require.Equal(t, []string{"x1", "y1"}, ids(t, again), "%s survived", after.what)
			require.NoError(t, again.Close())
		}
	})
	for _, keep := range []int{1, 100, 200} {
		inBubble(t, fmt.Sprintf("a watermark of which it wrote %d bytes leaves the one before", keep), func(t *testing.T) {
			s := newShared(t)
			a, b := s.join(), s.join()
			put(t, a, entry("x", 1))
			s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
				if c.Op != "write" || !strings.HasSuffix(c.Name, "/LOCK") {
					return simdisk.Fault{}
				}
				return simdisk.Fault{Err: simdisk.ErrKilled, Keep: keep, Kill: a.process}
			})
			require.Error(t, attempt(a, entry("x", 2)))
			pass(time.Second)
			s.heals()
			b.sees("x1")
			put(t, b, entry("y", 1))
			b.sees("x1", "x2", "y1")
			require.Empty(t, b.fatal)
		})
	}
}

func TestAStaleProcessHasNothingCutOff(t *testing.T) {
	dir, fatal := t.TempDir(), make(chan error, 2)
	opts := jsonevents.Options{
		Shared: true, IdleAfter: time.Hour, ProbeEvery: time.Millisecond, Fatal: func(err error) { fatal <- err },
	}
	ahead, err := jsonevents.Open(dir, opts)
	require.NoError(t, err)
	stale, err := jsonevents.Open(dir, opts)
	require.NoError(t, err)
	put(t, ahead, entry("x", 1))
	require.NoError(t, os.Remove(filepath.Join(dir, "TURN")))
	require.Error(t, <-fatal)
	require.Error(t, <-fatal)
	require.NoError(t, ahead.Close())
	require.NoError(t, stale.Close())
	again, err := jsonevents.Open(dir, jsonevents.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"x1"}, ids(t, again))
	require.NoError(t, again.Close())
}

// TestASegmentThatAKilledProcessBegan is one that HEAD vouches for, and the watermark does not
// tell of. The process that takes it over may fail.
func TestASegmentThatAKilledProcessBegan(t *testing.T) {
	for _, op := range []string{"none", "sync", "syncdir"} {
		inBubble(t, "and the next one's "+op+" fails", func(t *testing.T) {
			s := newShared(t)
			s.opts.SegmentBytes = 100
			a, b := s.join(), s.join()
			put(t, a, entry("x", 1))
			b.sees("x1")
			headed := false
			s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
				headed = headed || c.Op == "rename" && c.Name == headFile
				if headed && c.Op == "write" && c.Name == lockFile {
					return simdisk.Fault{Err: simdisk.ErrKilled, Kill: a.process}
				}
				return simdisk.Fault{}
			})
			require.Error(t, attempt(a, entry("x", 2)))
			require.Contains(t, s.read(headFile), `"segment":2,`)
			s.fails(op, logDir, simdisk.Fault{Err: broken})
			if err := attempt(b, entry("y", 1)); op == "syncdir" {
				require.Error(t, err)
			} else if op == "none" {
				require.NoError(t, err)
			}
			s.heals()
			_ = b.Close()
			next := s.moved(s.disk.Restart())
			c := next.join()
			put(t, c, entry("z", 1))
			require.Equal(t, event.Version(1), version(t, c, "x"))
			require.NoError(t, c.Close())
			_, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: next.disk}, func(ports.Recorded) error { return nil })
			require.NoError(t, err)
		})
	}
}

func TestASegmentThatIsCutUnderTheProcessesIsDamage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShared(t)
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		put(t, b, entry("x", 2))
		file, err := s.disk.OpenRW(segment(1))
		require.NoError(t, err)
		require.NoError(t, file.Truncate(int64(len(s.read(segment(1))))-10))
		require.NoError(t, file.Close())
		require.ErrorIs(t, attempt(b, entry("x", 3)), ports.ErrUnavailable)
		require.True(t, condition(t, b).Failed)
		require.Contains(t, condition(t, b).Detail, segment(1))
		require.ErrorIs(t, attempt(a, entry("x", 3)), ports.ErrUnavailable)
	})
}
