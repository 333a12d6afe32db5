package jsonevents_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// verify verifies the site and checks that this changes nothing.
func (s *site) verify() (jsonevents.Report, []string, error) {
	s.t.Helper()
	before := s.files()
	var shown []string
	opts := s.opts
	opts.Disk = s.disk
	report, err := jsonevents.Verify(dataDir, opts, func(c ports.Recorded) error {
		shown = append(shown, c.ID)
		return nil
	})
	require.Equal(s.t, before, s.files())
	return report, shown, err
}

func TestVerify(t *testing.T) {
	closed := func(t *testing.T) *site {
		s := newSite(t)
		s.opts.SegmentBytes = 1 << 10
		store := s.open()
		for v := event.Version(1); v <= 20; v++ {
			put(t, store, entry("a", v))
		}
		require.NoError(t, store.Close())
		return s
	}
	t.Run("shows every commit of a sound log and counts", func(t *testing.T) {
		s := closed(t)
		report, shown, err := s.verify()
		require.NoError(t, err)
		require.Len(t, shown, 20)
		require.Equal(t, event.Position(20), report.Position)
		require.Equal(t, 20, report.Events)
		require.Equal(t, 1, report.Streams)
		require.Greater(t, report.Segments, 1)
		require.Zero(t, report.Tail)
		store := s.open()
		require.Equal(t, condition(t, store).Details.Hash, report.Hash)
	})
	t.Run("tells of a torn end, which is no damage", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		put(t, store, entry("a", 1))
		require.NoError(t, store.Close())
		s.write(segment(1), s.read(segment(1))+`{"v":1,`)
		report, shown, err := s.verify()
		require.NoError(t, err)
		require.Equal(t, []string{"a1"}, shown)
		require.EqualValues(t, len(`{"v":1,`), report.Tail)
	})
	t.Run("ends at the poison mark, as the next start will", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		put(t, store, entry("a", 1))
		whole := len(s.read(segment(1)))
		s.fails("sync", segment(1), simdisk.Fault{Err: broken})
		require.ErrorIs(t, attempt(store, entry("b", 1)), ports.ErrOutcomeUnknown)
		require.NoError(t, store.Close())
		next := s.moved(s.disk.Restart())
		report, shown, err := next.verify()
		require.NoError(t, err)
		require.Equal(t, []string{"a1"}, shown)
		require.EqualValues(t, len(next.read(segment(1)))-whole, report.Tail)
		require.Equal(t, shown, ids(t, next.open()))
	})
	t.Run("refuses damage, a log in use, and nothing at all", func(t *testing.T) {
		s := closed(t)
		s.write(segment(1), strings.Replace(s.read(segment(1)), `"id":"a1"`, `"id":"a2"`, 1))
		_, _, err := s.verify()
		corrupt, ok := errors.AsType[*ports.CorruptError](err)
		require.True(t, ok, err)
		require.Contains(t, corrupt.Location, ", line 2 (byte ")

		s = newSite(t)
		s.open()
		_, _, err = s.verify()
		require.ErrorAs(t, err, new(*jsonevents.InUseError))

		_, _, err = newSite(t).verify()
		require.Error(t, err)
	})
	t.Run("finds a skip pointer to the wrong place although every hash is right", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		put(t, store, entry("b", 1))
		head := s.read(headFile)
		put(t, store, entry("a", 1))
		put(t, store, entry("b", 2)) // points back to b1
		put(t, store, entry("a", 2))
		require.NoError(t, store.Close())
		lines := strings.SplitAfter(s.read(segment(1)), "\n")
		body, _, _ := strings.Cut(lines[3], `,"hash":`)
		require.Contains(t, body, `"back":[[1,`)
		at := strings.Index(body, `"back":[[1,`) + len(`"back":[[1,`)
		wrong := body[:at] + "9" + body[at+1:]
		lines[3] = jsonevents.Sealed(wrong) + "\n"
		s.write(segment(1), strings.Join(lines, ""))
		s.write(headFile, head)
		_, _, err := s.verify()
		require.ErrorContains(t, err, "links back to the wrong place")
	})
	t.Run("ends with the visitor's error", func(t *testing.T) {
		s := closed(t)
		opts := s.opts
		opts.Disk = s.disk
		stop := errors.New("seen enough")
		_, err := jsonevents.Verify(dataDir, opts, func(ports.Recorded) error { return stop })
		require.ErrorIs(t, err, stop)
	})
}
