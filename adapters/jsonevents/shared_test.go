package jsonevents_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// member is one of several processes on a site's directory.
type member struct {
	*jsonevents.Store
	process *simdisk.Process
	*site
}

// newShared is a site for several processes.
func newShared(t *testing.T) *site {
	s := newSite(t)
	s.opts.Shared = true
	return s
}

// join starts another process.
func (s *site) join() *member {
	s.t.Helper()
	m := &member{process: s.disk.Process(), site: on(s.t, s.disk, s.opts)}
	opts := s.opts
	opts.Disk = m.process
	opts.Report = func(i ports.Incident) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.incidents = append(m.incidents, i)
	}
	opts.Fatal = func(err error) { m.fatal <- err }
	store, err := jsonevents.Open(dataDir, opts)
	require.NoError(s.t, err)
	m.Store = store
	s.t.Cleanup(func() { _ = store.Close() })
	return m
}

// sees checks what a process shows after it has caught up.
func (m *member) sees(want ...string) {
	m.t.Helper()
	_, err := m.CatchUp(m.t.Context())
	require.NoError(m.t, err)
	require.Equal(m.t, append([]string{}, want...), ids(m.t, m))
}

func TestSeveralProcesses(t *testing.T) {
	inBubble(t, "commits that one process acknowledged are seen and built on by the others", func(t *testing.T) {
		s := newShared(t)
		a, b, c := s.join(), s.join(), s.join()
		put(t, a, entry("x", 1))
		b.sees("x1")
		put(t, b, entry("x", 2), entry("y", 1))
		put(t, a, entry("y", 2)) // it has not caught up, but the committer does
		c.sees("x1", "x2", "y1", "y2")
		require.ErrorAs(t, attempt(c, entry("x", 2)), new(*ports.DuplicateKeyError))
		stale := entry("x", 2)
		stale.Key = "another"
		require.ErrorAs(t, attempt(a, stale), new(*ports.ConflictError))
		found, ok, err := c.CommitByKey(t.Context(), "y2")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, event.Position(4), found.Position)
		others, err := a.CatchUp(t.Context())
		require.NoError(t, err)
		require.Equal(t, event.Position(3), others)
	})
	inBubble(t, "a caller that waits for the log to grow is told of commits of other processes", func(t *testing.T) {
		s := newShared(t)
		a, b := s.join(), s.join()
		grown := b.Grown(0)
		put(t, a, entry("x", 1))
		<-grown
		b.sees("x1")
	})
	inBubble(t, "segments that another process began are followed, read and written to", func(t *testing.T) {
		s := newShared(t)
		s.opts.SegmentBytes = 600
		a, b, c := s.join(), s.join(), s.join()
		var want []string
		for n := range event.Version(20) {
			put(t, []*member{a, b}[n%2], entry("x", n+1))
			want = append(want, fmt.Sprint("x", n+1))
			if n == 9 {
				c.sees(want...)
			}
		}
		c.sees(want...)
		require.Equal(t, event.Version(20), version(t, c, "x"))
		a.sees(want...)
		require.Equal(t, condition(t, a).Details.Hash, condition(t, c).Details.Hash)
		d := s.join()
		d.sees(want...)
		for _, m := range []*member{a, b, c, d} {
			require.NoError(t, m.Close())
		}
		report, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: s.disk}, func(ports.Recorded) error { return nil })
		require.NoError(t, err)
		require.Equal(t, event.Position(20), report.Position)
	})
	inBubble(t, "a process that is stopped while it writes holds up writers, not readers", func(t *testing.T) {
		s, release := newShared(t), make(chan struct{})
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		s.fails("sync", segment(1), simdisk.Fault{Wait: release})
		stopped := background(a, "y")
		s.heals()
		require.ErrorIs(t, attempt(b, entry("x", 2)), ports.ErrBusy)
		b.sees("x1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		err := b.CloseTimestamp(ctx, noon)
		require.ErrorIs(t, err, context.DeadlineExceeded, "closing a timestamp is writing")
		close(release)
		require.NoError(t, <-stopped)
		put(t, b, entry("x", 2))
		a.sees("x1", "y1", "x2")
	})
	inBubble(t, "a closed timestamp lets no commit through that was decided before it", func(t *testing.T) {
		s := newShared(t)
		a, b := s.join(), s.join()
		err := b.CloseTimestamp(t.Context(), noon.Add(time.Second))
		require.NoError(t, err)
		require.ErrorAs(t, attempt(a, entry("x", 1)), new(*ports.TooLateError))
		later := entry("x", 1)
		later.Time = noon.Add(time.Second)
		put(t, a, later)
		b.sees("x1")
		calls := s.disk.Calls()
		err = a.CloseTimestamp(t.Context(), noon.Add(time.Second))
		require.NoError(t, err)
		require.Equal(t, calls, s.disk.Calls(), "it is known as closed")
	})
	inBubble(t, "decisions are not made at times before those that others have used", func(t *testing.T) {
		s := newShared(t)
		ahead := noon.Add(time.Hour)
		s.opts.LastUsed = func() time.Time { return ahead }
		a := s.join()
		var raised time.Time
		s.opts.LastUsed, s.opts.Raise = nil, func(t time.Time) { raised = later(raised, t) }
		b := s.join()
		put(t, a, entry("x", 1))
		b.sees("x1")
		require.Equal(t, ahead, raised)
		ahead = ahead.Add(time.Hour)
		put(t, a, entry("x", 2))
		b.sees("x1", "x2")
		require.Equal(t, ahead, raised, "also for a process that only reads")
		require.NoError(t, b.Close())
	})
	inBubble(t, "HEAD is written by the process that wrote last, and never goes back", func(t *testing.T) {
		s := newShared(t)
		s.opts.IdleAfter = time.Second
		a, b := s.join(), s.join()
		put(t, a, entry("x", 1))
		synctest.Wait()
		put(t, b, entry("x", 2))
		pass(time.Minute)
		require.Contains(t, s.read(headFile), `"head":2,`)
		put(t, b, entry("x", 3))
		pass(time.Minute)
		head := s.read(headFile)
		require.Contains(t, head, `"head":3,`)
		require.NoError(t, a.Close(), "a has not written since")
		require.Equal(t, head, s.read(headFile))
	})
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// distant is a disk that is not in this machine.
type distant struct{ durablefile.Disk }

func (distant) Local(dir string) error { return &durablefile.NotLocalError{Dir: dir, Kind: "nfs"} }

func TestSharingADirectory(t *testing.T) {
	t.Run("a process that does not share keeps out one that does, and the other way round", func(t *testing.T) {
		s := newShared(t)
		a := s.join()
		s.opts.Shared = false
		_, err := s.tryOpen()
		require.ErrorAs(t, err, new(*jsonevents.InUseError))
		put(t, a, entry("x", 1))
		require.NoError(t, a.Close())
		alone := s.open()
		put(t, alone, entry("x", 2))
		s.opts.Shared = true
		_, err = s.tryOpen()
		require.ErrorAs(t, err, new(*jsonevents.InUseError))
		require.NoError(t, alone.Close())
		s.join().sees("x1", "x2")
	})
	t.Run("files of a network cannot be shared", func(t *testing.T) {
		_, err := jsonevents.Open(dataDir, jsonevents.Options{Disk: distant{simdisk.New()}, Shared: true})
		require.ErrorAs(t, err, new(*durablefile.NotLocalError))
		store, err := jsonevents.Open(dataDir, jsonevents.Options{Disk: distant{simdisk.New()}})
		require.NoError(t, err, "alone on them is well")
		require.NoError(t, store.Close())
	})
	for _, name := range []string{"LOCK", "TURN"} {
		t.Run("a "+name+" that was removed excludes no process any more, so all stop", func(t *testing.T) {
			dir, fatal := t.TempDir(), make(chan error, 1)
			store, err := jsonevents.Open(dir, jsonevents.Options{Shared: true, Fatal: func(err error) { fatal <- err }})
			require.NoError(t, err)
			put(t, store, entry("x", 1))
			require.NoError(t, os.Remove(filepath.Join(dir, name)))
			require.ErrorIs(t, attempt(store, entry("x", 2)), ports.ErrUnavailable)
			require.True(t, strings.Contains((<-fatal).Error(), "LOCK or TURN"))
			require.NoError(t, store.Close())
			store, err = jsonevents.Open(dir, jsonevents.Options{})
			require.NoError(t, err)
			require.Equal(t, []string{"x1"}, ids(t, store))
			require.NoError(t, store.Close())
		})
	}
}
