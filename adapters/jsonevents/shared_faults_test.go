package jsonevents_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// killAt kills a member in the n-th call of any process from now on. Of a write that it
// was in, some bytes were written.
func (m *member) killAt(n int, rng *rand.Rand) {
	calls := 0
	m.disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if calls++; calls != n {
			return simdisk.Fault{}
		}
		keep := 0
		if c.Op == "write" && !strings.HasSuffix(c.Name, "/LOCK") {
			keep = rng.IntN(1000)
		}
		return simdisk.Fault{Err: simdisk.ErrKilled, Keep: keep, Kill: m.process}
	})
}

func TestAProcessIsKilledInEveryCall(t *testing.T) {
	rng := seeded(t)
	for n, done := 1, false; !done; n++ {
		inBubble(t, fmt.Sprintf("call %d", n), func(t *testing.T) {
			s := newShared(t)
			s.opts.SegmentBytes, s.opts.IdleAfter = 700, time.Second
			a, b := s.join(), s.join()
			put(t, b, entry("b", 1))
			a.killAt(n, rng)
			acknowledged := event.Version(0)
			for version := event.Version(1); version <= 4; version++ {
				if attempt(a, entry("a", version), entry(event.StreamID(fmt.Sprint("a", version)), 1)) != nil {
					break
				}
				acknowledged = version
			}
			pass(5 * time.Second) // HEAD
			done = acknowledged == 4
			a.process.Kill()
			pass(time.Second)
			s.heals()

			put(t, b, entry("b", 2))
			there := version(t, b, "a")
			require.GreaterOrEqual(t, there, acknowledged)
			require.LessOrEqual(t, there, acknowledged+1)
			require.Equal(t, 1, strings.Count(strings.Join(ids(t, b), " "), "b2"))
			for next := there + 1; next <= 6; next++ { // appends without an answer are repeated
				put(t, b, entry("a", next))
			}
			c := s.join()
			c.sees(ids(t, b)...)
			put(t, c, entry("c", 1))
			b.sees(ids(t, c)...)
			_ = a.Close()
			for _, m := range []*member{b, c} {
				require.NoError(t, m.Close())
				require.Empty(t, m.fatal)
			}
			report, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: s.disk},
				func(ports.Recorded) error { return nil })
			require.NoError(t, err)
			require.Zero(t, report.Tail)
			s.opts.Shared = false
			s.continues(s.open())
		})
	}
}

func TestSharedFaults(t *testing.T) {
	rng := seeded(t)
	for _, keep := range []int{0, 1, 100, 700, 1 << 20} {
		inBubble(t, fmt.Sprintf("of a write that is killed after %d bytes, what is whole stays and the rest is kept aside", keep), func(t *testing.T) {
			s := newShared(t)
			a, b := s.join(), s.join()
			s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
				if c.Op != "write" || c.Name != segment(1) {
					return simdisk.Fault{}
				}
				return simdisk.Fault{Err: simdisk.ErrKilled, Keep: keep, Kill: a.process}
			})
			require.Error(t, attempt(a, entry("x", 1), entry("x", 2), entry("x", 3)))
			pass(time.Second)
			s.heals()
			whole := strings.Count(s.read(segment(1)), "\n") - 1
			partial := !strings.HasSuffix(s.read(segment(1)), "\n")
			b.sees() // not before a process has made it durable
			put(t, b, entry("y", 1))
			want := []string{"x1", "x2", "x3"}[:whole]
			b.sees(append(want, "y1")...)
			require.Equal(t, partial, b.reports("the process that wrote it was killed") == 1)
			require.Len(t, s.aside(), b.reports("cut off"))
			again := s.moved(s.disk.Reboot(rng))
			again.join().sees(append(want, "y1")...)
		})
	}
	inBubble(t, "lines of a killed process that cannot be made durable stop the log", func(t *testing.T) {
		s := newShared(t)
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		s.fails("sync", segment(1), simdisk.Fault{Err: simdisk.ErrKilled, Kill: a.process})
		require.Error(t, attempt(a, entry("x", 2)))
		pass(time.Second)
		s.fails("sync", segment(1), simdisk.Fault{Err: broken})
		require.ErrorIs(t, attempt(b, entry("x", 2)), ports.ErrOutcomeUnknown)
		b.failed(b.Store)
		s.heals()
		require.NoError(t, b.Close())
		next := s.moved(s.disk.Restart())
		c := next.join()
		c.sees("x1")
		require.Len(t, next.aside(), 1)
	})
	inBubble(t, "bytes of a failed sync are written again if the process was killed before it could report it", func(t *testing.T) {
		for range 20 {
			s := newShared(t)
			a, b := s.join(), s.join()
			put(t, a, entry("x", 1))
			s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
				switch {
				case c.Op == "sync" && c.Name == segment(1):
					return simdisk.Fault{Err: broken}
				case c.Op == "write" && c.Name == lockFile:
					return simdisk.Fault{Err: simdisk.ErrKilled, Kill: a.process}
				}
				return simdisk.Fault{}
			})
			require.Error(t, attempt(a, entry("x", 2)))
			s.heals()
			put(t, b, entry("y", 1))
			b.sees("x1", "x2", "y1")
			next := s.moved(s.disk.Reboot(rng))
			next.join().sees("x1", "x2", "y1")
		}
	})
	inBubble(t, "after a failed sync of one no process acknowledges anything, until a start has cut its bytes off", func(t *testing.T) {
		s := newShared(t)
		a, b, c := s.join(), s.join(), s.join()
		put(t, a, entry("x", 1))
		b.sees("x1")
		s.fails("sync", segment(1), simdisk.Fault{Err: broken})
		require.ErrorIs(t, attempt(a, entry("x", 2)), ports.ErrOutcomeUnknown)
		s.heals()
		a.failed(a.Store)
		require.ErrorIs(t, attempt(b, entry("y", 1)), ports.ErrUnavailable)
		_, err := c.CatchUp(t.Context())
		require.ErrorIs(t, err, ports.ErrUnavailable)
		require.True(t, condition(t, b).Failed && condition(t, c).Failed)
		require.Len(t, b.fatal, 1)
		require.Len(t, c.fatal, 1)
		for _, m := range []*member{a, b, c} {
			require.NoError(t, m.Close())
		}
		next := s.moved(s.disk.Restart())
		d := next.join()
		d.sees("x1")
		require.NotContains(t, next.read(lockFile), "poison")
		put(t, d, entry("x", 2))
		next = s.moved(next.disk.Reboot(rng))
		next.join().sees("x1", "x2")
	})
	inBubble(t, "commits that other processes were told of stay although their write failed", func(t *testing.T) {
		s := newShared(t)
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		s.fails("write", lockFile, simdisk.Fault{Err: syscall.EIO, Keep: 512})
		require.ErrorIs(t, attempt(a, entry("x", 2)), ports.ErrOutcomeUnknown)
		s.heals()
		_ = b.Close()
		require.NoError(t, a.Close())
		next := s.moved(s.disk.Reboot(rng))
		next.join().sees("x1", "x2")
	})
	inBubble(t, "a start that cuts the bytes of a failed sync does not disturb a process that has not heard of it", func(t *testing.T) {
		s := newShared(t)
		s.opts.FollowEvery = time.Hour
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		s.fails("sync", segment(1), simdisk.Fault{Err: broken})
		require.ErrorIs(t, attempt(a, entry("x", 2)), ports.ErrOutcomeUnknown)
		s.heals()
		require.NoError(t, a.Close())
		c := s.join()
		put(t, c, entry("y", 1))
		b.sees("x1", "y1")
		put(t, b, entry("x", 2))
		c.sees("x1", "y1", "x2")
	})
	inBubble(t, "a disk that is full for one is for the others, and timestamps can be closed all the same", func(t *testing.T) {
		s := newShared(t)
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		s.disk.Plan(full(5, nil))
		require.ErrorIs(t, attempt(a, entry("x", 2)), ports.ErrReadOnly)
		require.ErrorIs(t, attempt(b, entry("x", 2)), ports.ErrReadOnly)
		err := a.CloseTimestamp(t.Context(), noon)
		require.NoError(t, err)
		b.sees("x1")
		s.heals()
		pass(2 * time.Second)
		put(t, a, entry("x", 2))
		put(t, b, entry("x", 3))
		a.sees("x1", "x2", "x3")
	})
	inBubble(t, "the group that finds the disk full closes its timestamps", func(t *testing.T) {
		s := newShared(t)
		s.opts.SegmentBytes = 1 // each group begins a segment
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		s.disk.Plan(full(0, nil))
		require.NoError(t, a.CloseTimestamp(t.Context(), noon.Add(time.Second)))
		require.ErrorIs(t, attempt(a, entry("x", 2)), ports.ErrReadOnly)
		s.heals()
		pass(2 * time.Second)
		require.ErrorAs(t, attempt(b, entry("x", 2)), new(*ports.TooLateError))
	})
	inBubble(t, "an index that one saves is that of the log of all", func(t *testing.T) {
		s, index := newShared(t), newIndexDisk()
		s.opts.Index = index.open
		a := s.join()
		s.opts.Index = nil
		b := s.join()
		put(t, a, entry("x", 1))
		put(t, b, entry("x", 2), entry("y", 1))
		require.NoError(t, a.SaveIndex(t.Context(), nil))
		put(t, b, entry("x", 3))
		s.opts.Index = index.copy().open
		c := s.join()
		c.sees("x1", "x2", "y1", "x3")
		require.Empty(t, c.incidents)
		put(t, c, entry("y", 2))
		for _, m := range []*member{a, b, c} {
			require.NoError(t, m.Close())
		}
		require.Equal(t, 1, s.sound().Indexes)
		s.opts.Index = index.open
		require.Equal(t, 1, s.sound().Indexes)
	})
}
