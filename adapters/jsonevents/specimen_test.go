package jsonevents_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// lastSegment is the first position in the specimen's second segment.
const lastSegment = 4

// specimen is a small log of two segments, known to the byte, with a HEAD in
// the middle of the second.
type specimen struct {
	*site
	segments map[event.Position][]span
	head     int      // where in the second segment HEAD lies
	ids      []string // of all commits
}

// span is where a line is.
type span struct {
	from, to int // in its segment, with the line break
	number   int // in its segment, from 1
	batch    int // which Append wrote it
	before   int // how many commits of the log are before it
}

// newSpecimen makes appends of 1 and 2 commits into the first segment, of
// 1, 1, 1, 3 and 2 into the second. HEAD vouches for the first four.
func newSpecimen(t *testing.T) *specimen {
	s := &specimen{site: newSite(t), segments: map[event.Position][]span{}}
	s.opts.SegmentBytes = 1000
	s.appends(1, 2, 1)
	s.opts.SegmentBytes = 0
	s.appends(1)
	head := s.read(headFile)
	s.head = len(s.read(segment(lastSegment)))
	s.appends(1, 3, 2)
	s.write(headFile, head)
	s.learn(1, 0, 1, 2)
	s.learn(lastSegment, 3, 1, 1, 1, 3, 2)
	return s
}

// appends opens the log, makes appends of these many commits and closes it.
func (s *specimen) appends(sizes ...int) {
	store := s.open()
	for _, size := range sizes {
		var commits []ports.Commit
		for range size {
			stream := []event.StreamID{"a", "b"}[len(s.ids)%2]
			c := entry(stream, event.Version(len(s.ids)/2+1))
			commits = append(commits, c)
			s.ids = append(s.ids, c.ID)
		}
		put(s.t, store, commits...)
	}
	require.NoError(s.t, store.Close())
}

// learn notes where the lines of a segment are, which should hold the commits
// of appends of these sizes.
func (s *specimen) learn(first event.Position, before int, sizes ...int) {
	lines := strings.SplitAfter(s.read(segment(first)), "\n")
	at := 0
	add := func(batch int) {
		length := len(lines[len(s.segments[first])])
		number := len(s.segments[first]) + 1
		s.segments[first] = append(s.segments[first], span{at, at + length, number, batch, before})
		at += length
		if number > 1 {
			before++
		}
	}
	add(0)
	for batch, size := range sizes {
		for range size {
			add(batch + 1)
		}
	}
	require.Len(s.t, lines, len(s.segments[first])+1, "lines, and nothing after the last")
	require.Empty(s.t, lines[len(lines)-1])
}

// at is the line that holds a byte.
func (s *specimen) at(first event.Position, offset int) span {
	for _, l := range s.segments[first] {
		if offset < l.to {
			return l
		}
	}
	return span{}
}

// acknowledged reports whether something in the log proves that a line had been
// synced, given where the log ends now.
func (s *specimen) acknowledged(first event.Position, l span, end int) bool {
	if first != lastSegment || l.number == 1 || l.from < s.head {
		return true
	}
	for _, later := range s.segments[first] {
		if later.batch > l.batch && later.to <= end {
			return true
		}
	}
	return false
}

// damaged is the specimen on a disk of its own with one file changed by change.
func (s *specimen) damaged(t *testing.T, base *simdisk.Disk, name string, change func(content []byte) []byte) *site {
	disk := base.Reboot(nil)
	d := on(t, disk, s.opts)
	f, err := disk.OpenRW(name)
	require.NoError(t, err)
	content := change([]byte(d.read(name)))
	require.NoError(t, f.Truncate(int64(len(content))))
	_, err = f.WriteAt(content, 0)
	require.NoError(t, errors.Join(err, f.Datasync(), f.Close()))
	return d
}

// refuses checks that a start names a place, changes nothing and holds nothing.
func (s *site) refuses(file string, line, offset int, about ...any) {
	before := s.files()
	_, err := s.tryOpen()
	corrupt, is := errors.AsType[*ports.CorruptError](err)
	require.True(s.t, is, "%v: %v", err, about)
	if corrupt.Location != durablefile.Location(file, line, int64(offset)) {
		require.Failf(s.t, "another place is named", "%v, not %s line %d byte %d: %v", corrupt, file, line, offset, about)
	}
	require.True(s.t, maps.Equal(before, s.files()), "files were changed: %v", about)
	require.Zero(s.t, s.disk.OpenFiles(), about)
}

// cutsOff checks that a start shows these commits and has moved what followed
// them aside, to the byte.
func (s *site) cutsOff(want []string, tail string, about ...any) *jsonevents.Store {
	before := s.read(segment(lastSegment))
	store, err := s.tryOpen()
	require.NoError(s.t, err, about)
	require.Equal(s.t, before, s.read(segment(lastSegment))+tail, about)
	require.Equal(s.t, event.Position(len(want)), store.Head().Position, about)
	require.Equal(s.t, []string{tail}, s.aside(), about)
	require.Equal(s.t, 1, s.reports("torn end"), about)
	return store
}
