package segment_test

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// site is a segment that begins with position 1, and its writer.
type site struct {
	dir    segment.Directory
	writer *segment.Writer
	found  error // the last damage
}

func newSite(t require.TestingT, disk durablefile.Disk) *site {
	s := &site{dir: segment.Directory{Disk: disk, Path: "/data"}}
	require.NoError(t, disk.MkdirAll("/data"))
	require.NoError(t, disk.MkdirAll(s.dir.Log()))
	end, hash, err := s.dir.Create(&logline.Header{Segment: 1, Store: "s"})
	require.NoError(t, err)
	s.writer, err = segment.OpenWriter(s.dir, durablefile.Exclusive, end, hash)
	require.NoError(t, err)
	return s
}

// commit returns the line of a commit with so many bytes of data, and its hash.
func commit(at event.Position, prev logline.Hash, bytes int) ([]byte, logline.Hash) {
	l := &logline.Line{Prev: prev, Back: [][]logline.Offset{nil}}
	l.Position, l.Time = at, noon
	l.Events = []ports.Event{{
		Stream: "s", Version: event.Version(at), Type: "t", Time: noon,
		Data: fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", bytes)),
	}}
	line, hash := logline.Append(nil, l)
	return append(line, '\n'), hash
}

// write writes commits with so many bytes of data each, and returns where they begin.
func (s *site) write(t require.TestingT, sizes []int) (begins []logline.Offset) {
	for n, size := range sizes {
		begins = append(begins, s.writer.End())
		line, hash := commit(event.Position(n+1), s.writer.Chain(), size)
		require.NoError(t, s.writer.Write(line))
		s.writer.Advance(line, hash)
	}
	return begins
}

func (s *site) reader() *segment.Reader {
	source := &segment.Source{
		Directory: s.dir, Held: func() error { return nil }, Found: func(damage error) { s.found = damage },
	}
	return source.NewReader()
}

// positions reads a span, at most so many commits of it.
func positions(ctx context.Context, r *segment.Reader, s *segment.Span, most int) (all []event.Position, err error) {
	for c, err := range r.Commits(ctx, s) {
		if err != nil {
			return all, err
		}
		if all = append(all, c.Position); len(all) == most {
			break
		}
	}
	return all, nil
}

func TestASpanIsReadFromAnyPositionToAnyOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.SampledFrom([]int{0, 10, 3000, 50_000}), 1, 60).Draw(t, "sizes")
		s := newSite(t, simdisk.New())
		begins := s.write(t, sizes)
		begins = append(begins, s.writer.End())
		from := rapid.IntRange(1, len(sizes)).Draw(t, "from")
		to := rapid.IntRange(from, len(sizes)).Draw(t, "to")
		r := s.reader()
		defer r.Close()
		span := segment.Span{Segment: 1, Next: event.Position(from), Last: event.Position(to), End: begins[to].Byte}
		for from <= to { // in pieces, each of which continues the one before
			most := rapid.IntRange(1, to).Draw(t, "most")
			all, err := positions(context.Background(), r, &span, most)
			require.NoError(t, err)
			require.NotEmpty(t, all)
			for _, p := range all {
				require.Equal(t, event.Position(from), p)
				from++
			}
			require.Equal(t, segment.Span{
				Segment: 1, Next: event.Position(from), Last: event.Position(to), End: begins[to].Byte, At: begins[from-1].Byte,
			}, span)
		}
		at := rapid.IntRange(0, len(sizes)-1).Draw(t, "line")
		line, err := r.Line(begins[at])
		require.NoError(t, err)
		require.Equal(t, event.Position(at+1), line.Position)
		require.NoError(t, s.found)
	})
}

func TestASpanThatEndsEarlyOrHoldsAnotherLineIsDamage(t *testing.T) {
	s := newSite(t, simdisk.New())
	begins := s.write(t, []int{1, 1, 1})
	end := s.writer.End().Byte
	for name, span := range map[string]segment.Span{
		"ends early":       {Segment: 1, Next: 2, Last: 4, End: end},
		"begins too late":  {Segment: 1, Next: 2, Last: 3, End: end, At: begins[2].Byte},
		"begins in a line": {Segment: 1, Next: 2, Last: 3, End: end, At: begins[1].Byte + 1},
		"is gone":          {Segment: 4, Next: 4, Last: 4},
	} {
		s.found = nil
		_, err := positions(t.Context(), s.reader(), &span, 0)
		require.ErrorAs(t, err, new(*ports.CorruptError), name)
		require.Equal(t, err, s.found, name)
	}
}

func TestAContextThatEndsEndsAReading(t *testing.T) {
	s := newSite(t, simdisk.New())
	s.write(t, []int{1, 1, 1})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	span := segment.Span{Segment: 1, Next: 1, Last: 3}
	var last error
	n := 0
	for _, err := range s.reader().Commits(ctx, &span) {
		cancel()
		n, last = n+1, err
	}
	require.ErrorIs(t, last, context.Canceled)
	require.Equal(t, 2, n)
	require.NoError(t, s.found)
}

func TestAWriteThatFailsLeavesTheLogAsItWas(t *testing.T) {
	disk := simdisk.New()
	s := newSite(t, disk)
	s.write(t, []int{1})
	end := s.writer.End()
	line, _ := commit(2, s.writer.Chain(), 1)
	for _, keep := range []int{0, 1, len(line)} {
		disk.Plan(func(c simdisk.Call) simdisk.Fault {
			if c.Op == "write" {
				return simdisk.Fault{Err: syscall.EIO, Keep: keep}
			}
			return simdisk.Fault{}
		})
		err := s.writer.Write(line)
		require.ErrorIs(t, err, syscall.EIO)
		require.NotErrorAs(t, err, new(*durablefile.SyncError))
		disk.Plan(nil)
		size, err := s.writer.Size()
		require.NoError(t, err)
		require.Equal(t, end.Byte, size)
		require.Equal(t, end, s.writer.End())
	}
}

func TestASyncThatFailsIsUncertain(t *testing.T) {
	disk := simdisk.New()
	s := newSite(t, disk)
	line, _ := commit(1, s.writer.Chain(), 1)
	disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.Op == "sync" {
			return simdisk.Fault{Err: syscall.EIO}
		}
		return simdisk.Fault{}
	})
	require.ErrorAs(t, s.writer.Write(line), new(*durablefile.SyncError))
}
