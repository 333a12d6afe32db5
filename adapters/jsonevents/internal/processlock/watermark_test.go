package processlock

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
)

// torn is a file both of whose watermarks are being written when it is read, some times.
type torn struct {
	durablefile.File
	times int
}

func (f *torn) ReadAt(p []byte, offset int64) (int, error) {
	n, err := f.File.ReadAt(p, offset)
	if f.times > 0 {
		f.times--
		p[blockSize+20]++
		p[2*blockSize+20]++
	}
	return n, err
}

func TestWatermarksThatAreSeenWhileTheyAreWrittenAreReadAgain(t *testing.T) {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll("/d"))
	l, err := Take(disk, "/d", durablefile.Shared)
	require.NoError(t, err)
	require.NoError(t, l.Prepare())
	require.NoError(t, l.MakeRoom())
	for n := range int64(2) {
		require.NoError(t, l.WriteWatermark(&Watermark{Number: n + 1, End: logline.Offset{Segment: 1, Byte: n}}))
	}
	whole := l.file
	l.file = &torn{File: whole, times: 2}
	said, err := l.Look(nil)
	require.NoError(t, err)
	require.Equal(t, int64(1), said.Watermark.End.Byte)
	l.file = &torn{File: whole, times: 1 << 20}
	_, err = l.Look(nil)
	require.ErrorIs(t, err, ErrNoWatermark, "but not for ever")
	require.NoError(t, l.Release())
}
