package jsonevents_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// sealed ends a line as every version does.
func sealed(body string) string {
	return fmt.Sprintf(`%s,"hash":"%x"}`, body, sha256.Sum256([]byte(body)))
}

// newerLine is a line of a version that has other members.
func newerLine(after int) string {
	return sealed(fmt.Sprintf(`{"v":2,"what":"comes after %d","nobody":"knows"`, after)) + "\n"
}

// inBlock is the content of LOCK with a text in one of its blocks.
func inBlock(content, text string, at int) string {
	padding := strings.Repeat(" ", at+512-len(content[:min(len(content), at+512)]))
	content += padding
	return content[:at] + text + strings.Repeat(" ", 511-len(text)) + "\n" + content[at+512:]
}

// overwrite changes a file in place, as another process does.
func (s *site) overwrite(name string, at int, content string) {
	s.t.Helper()
	file, err := s.disk.OpenRW(name)
	require.NoError(s.t, err)
	_, err = file.WriteAt([]byte(content), int64(at))
	require.NoError(s.t, errors.Join(err, file.Close()))
}

// refusesNewer checks that a start and a verification tell of a newer version and change nothing.
func (s *site) refusesNewer(location string) {
	s.t.Helper()
	before, lock := s.files(), s.read(lockFile)
	opened := false
	index := s.opts.Index
	s.opts.Index = func(dir string) (orderedkv.Store, error) {
		opened = true
		if index == nil {
			return orderedkv.NewMemory(), nil
		}
		return index(dir)
	}
	_, err := s.tryOpen()
	_, _, verifyErr := s.verify()
	for _, err := range []error{err, verifyErr} {
		newer, is := errors.AsType[*ports.NewerFormatError](err)
		require.True(s.t, is, "%v", err)
		require.Equal(s.t, ports.NewerFormatError{Location: location, Format: 2, Known: 1}, *newer)
	}
	require.Equal(s.t, before, s.files())
	if strings.HasPrefix(location, headFile) || strings.HasPrefix(location, lockFile) {
		require.Equal(s.t, lock, s.read(lockFile))
		require.False(s.t, opened, "the index of a newer version is left alone")
	}
	require.Zero(s.t, s.disk.OpenFiles())
}

func TestDataOfANewerVersionAreNoDamage(t *testing.T) {
	filled := func(t *testing.T) *site {
		s := newSite(t)
		store := s.open()
		for v := range event.Version(5) {
			put(t, store, entry("a", v+1))
		}
		require.NoError(t, store.Close())
		return s
	}
	lines := func(s *site) []string { return slices.Collect(strings.Lines(s.read(segment(1)))) }
	at := func(s *site, number int) string {
		offset := len(strings.Join(lines(s)[:number-1], ""))
		return durablefile.Location(segment(1), number, int64(offset))
	}
	t.Run("a line after HEAD is not cut off", func(t *testing.T) {
		s := filled(t)
		s.write(segment(1), s.read(segment(1))+newerLine(5))
		s.refusesNewer(at(s, 7))
	})
	t.Run("a line before HEAD", func(t *testing.T) {
		s := filled(t)
		all := lines(s)
		all[3] = newerLine(2)
		s.write(segment(1), strings.Join(all, ""))
		s.refusesNewer(at(s, 4))
	})
	t.Run("a line after a bad one is not cut off", func(t *testing.T) {
		s := filled(t)
		s.write(segment(1), s.read(segment(1))+`{"v":1,"position":6 bad`+"\n"+newerLine(6))
		s.refuses(segment(1), 7, len(strings.Join(lines(s)[:6], "")))
	})
	t.Run("the header of a segment", func(t *testing.T) {
		s := filled(t)
		all := lines(s)
		all[0] = newerLine(0)
		s.write(segment(1), strings.Join(all, ""))
		s.refusesNewer(at(s, 1))
	})
	t.Run("HEAD", func(t *testing.T) {
		s := filled(t)
		s.write(headFile, sealed(`{"v":2,"head":[5]`)+"\n")
		s.refusesNewer(headFile)
	})
	for name, block := range map[string]int{"the POISON mark": 512, "a watermark": 1024, "the other watermark": 1536} {
		t.Run(name, func(t *testing.T) {
			s := filled(t)
			s.write(lockFile, inBlock(s.read(lockFile), sealed(`{"v":2,"unheard":"of"`), block))
			s.refusesNewer(lockFile)
		})
	}
	t.Run("but a torn line is cut off, whatever its version", func(t *testing.T) {
		s := filled(t)
		torn := newerLine(5)[:60]
		s.write(segment(1), s.read(segment(1))+torn)
		store := s.open()
		require.Equal(t, []string{torn}, s.aside())
		s.continues(store)
	})
	t.Run("and a flipped bit in the version is damage", func(t *testing.T) {
		s := filled(t)
		all := lines(s)
		offset := len(strings.Join(all[:3], ""))
		all[3] = strings.Replace(all[3], `{"v":1`, `{"v":3`, 1)
		s.write(segment(1), strings.Join(all, ""))
		s.refuses(segment(1), 4, offset)
	})
}

func TestAProcessEndsWhenANewerVersionWritesBesideIt(t *testing.T) {
	for name, write := range map[string]func(s *site){
		"a line":      func(s *site) { s.overwrite(segment(1), len(s.read(segment(1))), newerLine(1)) },
		"a watermark": func(s *site) { s.overwrite(lockFile, 1024, inBlock("", sealed(`{"v":2,"mark":9`), 0)) },
	} {
		inBubble(t, name, func(t *testing.T) {
			// given
			s := newShared(t)
			a := s.join()
			put(t, a, entry("x", 1))
			// when
			write(s)
			before := s.read(segment(1))
			err := attempt(a, entry("x", 2))
			// then
			require.ErrorIs(t, err, ports.ErrUnavailable)
			require.ErrorAs(t, err, new(*ports.NewerFormatError))
			require.ErrorAs(t, <-a.fatal, new(*ports.NewerFormatError))
			require.Equal(t, before, s.read(segment(1)), "no line of the newer version is cut off")
			_, err = jsonevents.Open(dataDir, jsonevents.Options{Disk: s.disk.Process(), Shared: true})
			require.ErrorAs(t, err, new(*ports.NewerFormatError))
		})
	}
}
