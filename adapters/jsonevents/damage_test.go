package jsonevents_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
)

func TestEveryFlippedBitIsClassified(t *testing.T) {
	s := newSpecimen(t)
	contents := s.files()
	base := s.disk
	base.Crash()
	flip := func(at, bit int) func([]byte) []byte {
		return func(content []byte) []byte {
			content[at] ^= 1 << bit
			return content
		}
	}
	inLine := func(first event.Position, l span) (string, func(*testing.T)) {
		name := segment(first)
		if s.acknowledged(first, l, len(contents[name])) {
			return fmt.Sprintf("in line %d of segment %d: damage", l.number, first), func(t *testing.T) {
				t.Parallel()
				for at := l.from; at < l.to; at++ {
					for bit := range 8 {
						s.damaged(t, base, name, flip(at, bit)).refuses(name, l.number, l.from, "byte", at, "bit", bit)
					}
				}
			}
		}
		return fmt.Sprintf("in line %d of segment %d: a torn end that is cut off", l.number, first), func(t *testing.T) {
			t.Parallel()
			for at := l.from; at < l.to; at++ {
				for bit := range 8 {
					d := s.damaged(t, base, name, flip(at, bit))
					tail := string(flip(at, bit)([]byte(contents[name]))[l.from:])
					store := d.cutsOff(s.ids[:l.before], tail, "byte", at, "bit", bit)
					if at == l.from { // the rest is the same each time
						require.Equal(t, s.ids[:l.before], ids(t, store))
						d.continues(store)
					}
					require.NoError(t, store.Close())
				}
			}
		}
	}
	for first, lines := range s.segments {
		for _, l := range lines {
			t.Run(inLine(first, l))
		}
	}
	t.Run("in HEAD: always damage", func(t *testing.T) {
		t.Parallel()
		for at := range contents[headFile] {
			for bit := range 8 {
				s.damaged(t, base, headFile, flip(at, bit)).refuses(headFile, 1, 0, "byte", at, "bit", bit)
			}
		}
	})
}

func TestEveryCutIsClassified(t *testing.T) {
	s := newSpecimen(t)
	base, name := s.disk, segment(lastSegment)
	content := s.read(name)
	base.Crash()
	refused, torn, shorter := 0, 0, 0
	for length := range len(content) {
		d := s.damaged(t, base, name, func(content []byte) []byte { return content[:length] })
		l := s.at(lastSegment, length)
		switch whole := length == l.from; {
		case whole && length > 0 && length < s.head:
			d.refuses(name, 0, s.head, "length", length)
			refused++
		case whole && length > 0:
			// Nothing shows that there was more, so the start takes it as never written. HEAD
			// limits that to the commits after it.
			store := d.open()
			require.Equal(t, s.ids[:l.before], ids(t, store))
			require.Empty(t, d.aside(), "nothing was cut off")
			d.continues(store)
			shorter++
		case s.acknowledged(lastSegment, l, length):
			d.refuses(name, l.number, l.from, "length", length)
			refused++
		default:
			store := d.cutsOff(s.ids[:l.before], content[l.from:length], "length", length)
			if length == l.from+1 { // the rest is the same each time
				require.Equal(t, s.ids[:l.before], ids(t, store))
				d.continues(store)
			}
			require.NoError(t, store.Close())
			torn++
		}
	}
	require.Equal(t, 6, shorter, "the commits after HEAD, one more each")
	require.Greater(t, refused, s.head-2)
	require.Greater(t, torn, 1000)
}

func TestMissingAndForeignFilesAreRefused(t *testing.T) {
	s := newSpecimen(t)
	base := s.disk
	contents := s.files()
	other := newSpecimen(t).files()
	remove := func(names ...string) func(*site) {
		return func(d *site) {
			for _, name := range names {
				require.NoError(t, d.disk.Remove(name))
			}
		}
	}
	write := func(name, content string) func(*site) {
		return func(d *site) { d.write(name, content) }
	}
	for name, test := range map[string]struct {
		change       func(*site)
		file         string
		line, offset int
	}{
		"no HEAD":                              {remove(headFile), headFile, 0, 0},
		"an empty HEAD":                        {write(headFile, ""), headFile, 1, 0},
		"no segments":                          {remove(segment(1), segment(lastSegment)), logDir, 0, 0},
		"no first segment":                     {remove(segment(1)), segment(lastSegment), 1, 0},
		"no last segment":                      {remove(segment(lastSegment)), logDir, 0, 0},
		"a foreign file":                       {write(logDir+"/notes.txt", "hello"), logDir + "/notes.txt", 0, 0},
		"a segment with a short name":          {write(logDir+"/9.ndjson", "hello"), logDir + "/9.ndjson", 0, 0},
		"a segment that is too much":           {write(segment(11), contents[segment(lastSegment)]), segment(11), 1, 0},
		"a segment of another store":           {write(segment(lastSegment), other[segment(lastSegment)]), segment(lastSegment), 1, 0},
		"a HEAD of another store":              {write(headFile, other[headFile]), segment(lastSegment), 0, s.head},
		"a HEAD that names no segment of ours": {write(headFile, headOfThirds(t)), headFile, 0, 0},
		"a line that stands twice": {
			write(segment(1), contents[segment(1)]+contents[segment(1)][s.segments[1][3].from:]), segment(1), 5, s.segments[1][3].to,
		},
		"a line that another took the place of":                     {exchange(s, 2), segment(1), 4, s.segments[1][3].from},
		"the last line of a segment that another took the place of": {exchange(s, 3), segment(lastSegment), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := on(t, base.Reboot(nil), s.opts)
			test.change(d)
			d.refuses(test.file, test.line, test.offset)
		})
	}
	t.Run("HEAD missing beside a single torn batch", func(t *testing.T) {
		d := newSite(t)
		store := d.open()
		put(t, store, entry("a", 1))
		require.NoError(t, store.Close())
		content := d.read(segment(1))
		d.write(segment(1), content[:len(content)-1])
		require.NoError(t, d.disk.Remove(headFile))
		d.refuses(headFile, 0, 0)
	})
}

// exchange puts another commit in the place of one, with a hash that is right.
func exchange(s *specimen, n int) func(*site) {
	return func(d *site) {
		content, l := d.read(segment(1)), s.segments[1][n]
		body, _, _ := strings.Cut(content[l.from:l.to], `,"hash":`)
		forged := strings.Replace(body, `"id":"`+s.ids[l.before], `"id":"`+strings.ToUpper(s.ids[l.before]), 1)
		require.NotEqual(d.t, body, forged)
		d.write(segment(1), content[:l.from]+jsonevents.Sealed(forged)+"\n"+content[l.to:])
	}
}

// headOfThirds is the HEAD of a log whose second segment begins with position 3.
func headOfThirds(t *testing.T) string {
	s := newSite(t)
	s.opts.SegmentBytes = 500
	store := s.open()
	put(t, store, entry("a", 1), entry("a", 2))
	put(t, store, entry("a", 3))
	require.NoError(t, store.Close())
	require.Contains(t, s.files(), segment(3))
	return s.read(headFile)
}
