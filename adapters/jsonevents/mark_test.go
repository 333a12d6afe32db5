package jsonevents

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

// torn is a file both of whose marks are being written when it is read, some times.
type torn struct {
	durablefile.File
	times int
}

func (f *torn) ReadAt(p []byte, offset int64) (int, error) {
	n, err := f.File.ReadAt(p, offset)
	if f.times > 0 {
		f.times--
		p[poisonSize+20]++
		p[poisonSize+markSize+20]++
	}
	return n, err
}

func TestMarksThatAreSeenWhileTheyAreWrittenAreReadAgain(t *testing.T) {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll("/d"))
	l, err := directory{disk: disk, path: "/d"}.takeLock(durablefile.Shared)
	require.NoError(t, err)
	require.NoError(t, l.prepare())
	require.NoError(t, l.makeRoom())
	for n := range int64(2) {
		require.NoError(t, l.writeMark(&mark{number: n + 1, end: poison{Segment: 1, Offset: n}}))
	}
	whole := l.file
	l.file = &torn{File: whole, times: 2}
	said, err := l.look(nil)
	require.NoError(t, err)
	require.Equal(t, int64(1), said.mark.end.Offset)
	l.file = &torn{File: whole, times: 1 << 20}
	_, err = l.look(nil)
	require.ErrorIs(t, err, errNoMark, "but not for ever")
	require.NoError(t, l.release())
}
