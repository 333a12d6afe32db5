package jsonevents_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// linkAll copies a directory by hard links, as cp -al does.
func linkAll(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		target := to + strings.TrimPrefix(path, from)
		if d.IsDir() {
			return os.MkdirAll(target, 0o750)
		}
		return os.Link(path, target)
	}))
}

// linkedSite is a site with two segments whose files are also in another directory.
func linkedSite(t *testing.T) *site {
	s := newSite(t)
	s.opts.SegmentBytes = 600
	store := s.open()
	for v := range event.Version(3) {
		put(t, store, entry("a", v+1))
	}
	require.NoError(t, store.Close())
	const other = "/other"
	require.NoError(t, s.disk.MkdirAll(other))
	for name := range s.files() {
		require.NoError(t, s.disk.Link(name, filepath.Join(other, filepath.Base(name))))
	}
	require.NoError(t, s.disk.Link(lockFile, filepath.Join(other, "LOCK")))
	return s
}

const copied = "the start copied files that are also in another directory"

func TestACopyByHardLinksIsIndependent(t *testing.T) {
	for name, shared := range map[string]bool{"of one process": false, "of several processes": true} {
		open := func(t *testing.T, dir string) (*jsonevents.Store, *[]ports.Incident) {
			told := &[]ports.Incident{}
			store, err := jsonevents.Open(dir, jsonevents.Options{
				Shared: shared, Report: func(i ports.Incident) { *told = append(*told, i) },
			})
			require.NoError(t, err)
			t.Cleanup(func() { _ = store.Close() })
			return store, told
		}
		// independent checks that two stores whose directories have one common commit do not see each other.
		independent := func(t *testing.T, a, b *jsonevents.Store, dirs ...string) {
			for v := range event.Version(5) {
				put(t, a, entry("a", v+1))
				put(t, b, entry("b", v+1))
			}
			require.Equal(t, []string{"x1", "a1", "a2", "a3", "a4", "a5"}, ids(t, a))
			require.Equal(t, []string{"x1", "b1", "b2", "b3", "b4", "b5"}, ids(t, b))
			require.NoError(t, a.Close())
			require.NoError(t, b.Close())
			for i, dir := range dirs {
				var shown []string
				report, err := jsonevents.Verify(dir, jsonevents.Options{}, func(c ports.Recorded) error {
					shown = append(shown, c.ID)
					return nil
				})
				require.NoError(t, err)
				require.Empty(t, report.Linked)
				require.Equal(t, []string{"a5", "b5"}[i], shown[5])
			}
		}
		t.Run(name+", made while the store was closed", func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			store, _ := open(t, dir)
			put(t, store, entry("x", 1))
			require.NoError(t, store.Close())
			linkAll(t, dir, dir+".copy")
			a, told := open(t, dir)
			require.Len(t, *told, 1)
			require.Contains(t, (*told)[0].Message, copied)
			require.Contains(t, (*told)[0].Detail, filepath.Join(dir, "LOCK"))
			b, told := open(t, dir+".copy")
			require.Empty(t, *told, "the first start has left it alone in the files")
			independent(t, a, b, dir, dir+".copy")
		})
		t.Run(name+", made while the store was at work", func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			a, _ := open(t, dir)
			put(t, a, entry("x", 1))
			linkAll(t, dir, dir+".copy")
			b, told := open(t, dir+".copy")
			require.Len(t, *told, 1)
			require.Contains(t, (*told)[0].Message, copied)
			independent(t, a, b, dir, dir+".copy")
		})
	}
	t.Run("a process that joins others copies nothing that they have open", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		opts := jsonevents.Options{Shared: true, Report: func(i ports.Incident) { t.Error(i) }}
		a, err := jsonevents.Open(dir, opts)
		require.NoError(t, err)
		put(t, a, entry("x", 1))
		linkAll(t, dir, dir+".copy")
		b, err := jsonevents.Open(dir, opts)
		require.NoError(t, err)
		put(t, b, entry("x", 2))
		put(t, a, entry("x", 3))
		_, err = b.CatchUp(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"x1", "x2", "x3"}, ids(t, b))
		require.NoError(t, a.Close())
		require.NoError(t, b.Close())
	})
	t.Run("a verification tells of the files and changes nothing", func(t *testing.T) {
		s := linkedSite(t)
		report, _, err := s.verify()
		require.NoError(t, err)
		require.Equal(t, []string{lockFile, segment(3)}, report.Linked, "older segments are never written")
		links, err := s.disk.Links(segment(3))
		require.NoError(t, err)
		require.Equal(t, 2, links)
	})
	t.Run("without space for the copies the start is refused", func(t *testing.T) {
		s := linkedSite(t)
		s.fails("create", segment(3)+".tmp", simdisk.Fault{Err: syscall.ENOSPC})
		before := s.files()
		_, err := s.tryOpen()
		require.ErrorContains(t, err, "copy "+segment(3)+", which is also in another directory (hard link)")
		require.Equal(t, before, s.files())
		s.heals()
		s.continues(s.open())
	})
}

// TestACrashWhileLinkedFilesAreCopiedLosesNothing repeats a start with a power cut in each call.
func TestACrashWhileLinkedFilesAreCopiedLosesNothing(t *testing.T) {
	rng := seeded(t)
	for n, done := 1, false; !done; n++ {
		s := linkedSite(t)
		calls := 0
		s.disk.Plan(func(simdisk.Call) simdisk.Fault {
			if calls++; calls < n {
				return simdisk.Fault{}
			}
			return simdisk.Fault{Err: simdisk.ErrCrashed, Keep: rng.IntN(4)}
		})
		store, err := s.tryOpen()
		done = err == nil && s.reports(copied) == 1
		if err == nil {
			_ = store.Close()
		}
		next := s.moved(s.disk.Reboot(rng))
		again := next.open()
		require.Equal(t, []string{"a1", "a2", "a3"}, ids(t, again), "crashed in call %d", n)
		next.continues(again)
	}
}

func TestFilesThatAnotherPathLeadsTo(t *testing.T) {
	t.Run("a log that a process of another data directory writes is refused", func(t *testing.T) {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		store, err := jsonevents.Open(a, jsonevents.Options{SegmentBytes: 1})
		require.NoError(t, err)
		put(t, store, entry("x", 1))
		put(t, store, entry("x", 2)) // in another segment
		require.NoError(t, os.MkdirAll(b, 0o750))
		require.NoError(t, os.Symlink(filepath.Join(a, "log"), filepath.Join(b, "log")))
		head, err := os.ReadFile(filepath.Join(a, "HEAD"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(b, "HEAD"), head, 0o600))
		_, err = jsonevents.Open(b, jsonevents.Options{})
		require.ErrorContains(t, err, "a process of another data directory writes to this file too")
		put(t, store, entry("x", 3))
		require.NoError(t, store.Close())
		store, err = jsonevents.Open(b, jsonevents.Options{})
		require.NoError(t, err, "afterwards it is free")
		require.NoError(t, store.Close())
	})
	for name, file := range map[string]string{"LOCK": "LOCK", "the last segment": "log/00000000000000000001.ndjson"} {
		t.Run(name+" that is removed, but has another name, is missed", func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			fatal := make(chan error, 1)
			store, err := jsonevents.Open(dir, jsonevents.Options{Shared: true, Fatal: func(err error) { fatal <- err }})
			require.NoError(t, err)
			linkAll(t, dir, dir+".copy")
			require.NoError(t, os.Remove(filepath.Join(dir, file)))
			require.ErrorIs(t, attempt(store, entry("x", 1)), ports.ErrUnavailable)
			require.ErrorAs(t, <-fatal, new(*durablefile.MovedError))
			_ = store.Close()
		})
	}
}
