package jsonevents_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTornTail(t *testing.T) {
	t.Run("is kept aside each time again, also where a kept file was taken away", func(t *testing.T) {
		s := newSpecimen(t)
		whole := s.read(segment(lastSegment))
		tear := func(tail string) {
			s.write(segment(lastSegment), whole+tail)
			require.NoError(t, s.open().Close())
		}
		tear("torn 1")
		tear("torn 2")
		names, err := s.disk.List(asideDir)
		require.NoError(t, err)
		require.NoError(t, s.disk.Remove(asideDir+"/"+names[0]))
		tear("torn 3")
		kept := s.aside()
		slices.Sort(kept)
		require.Equal(t, []string{"torn 2", "torn 3"}, kept)
	})
	t.Run("may hold anything", func(t *testing.T) {
		for name, tail := range map[string]string{
			"zeros":                       string(make([]byte, 4096)),
			"line breaks":                 "\n\n\n",
			"beginnings of lines":         `{"v":1,"position":{"v":1,"position":11,` + "\n" + `{"v":1,"position":12,"batch":99999` + "\n",
			"a line of an earlier commit": "",
		} {
			t.Run(name, func(t *testing.T) {
				s := newSpecimen(t)
				whole := s.read(segment(lastSegment))
				if tail == "" {
					tail = whole[s.segments[lastSegment][1].from:s.segments[lastSegment][1].to]
				}
				s.write(segment(lastSegment), whole+tail)
				s.continues(s.cutsOff(s.ids, tail))
			})
		}
	})
	t.Run("temporary files are swept away", func(t *testing.T) {
		s := newSpecimen(t)
		for _, name := range []string{headFile + ".tmp", segment(11) + ".tmp", logDir + "/probe.tmp"} {
			s.write(name, "left over")
		}
		store := s.open()
		require.Len(t, s.files(), 3, "HEAD and two segments")
		s.continues(store)
	})
}
