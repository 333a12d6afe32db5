package segment

import (
	"bytes"
	"errors"
	"io"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// near is the distance in bytes to the wanted line at which a search ends.
const near = 32 << 10

// seek finds the beginning of the line of a position in a segment, or of a line that is near before it.
// Positions ascend, so the search halves the distance.
func seek(file io.ReaderAt, p event.Position, end int64) (int64, error) {
	low, err := nextLine(file, 0, end) // after the header
	if err != nil {
		return 0, err
	}
	for high := end; high-low > near; {
		middle := low + (high-low)/2
		begin, err := nextLine(file, middle, high)
		if err != nil {
			return 0, err
		}
		at, ok := event.Position(0), false
		if begin < high {
			if at, ok, err = positionAt(file, begin); err != nil {
				return 0, err
			}
		}
		if !ok || at > p {
			high = middle
		} else {
			low = begin
		}
	}
	return low, nil
}

// nextLine returns the beginning of the first line that begins after an offset, at most limit.
func nextLine(file io.ReaderAt, offset, limit int64) (int64, error) {
	for block := make([]byte, 4<<10); offset < limit; offset += int64(len(block)) {
		block = block[:min(int64(len(block)), limit-offset)]
		if _, err := file.ReadAt(block, offset); err != nil {
			return 0, readError(err)
		}
		if at := bytes.IndexByte(block, '\n'); at >= 0 {
			return offset + int64(at) + 1, nil
		}
	}
	return limit, nil
}

// positionAt reads the position of the line that begins at an offset; false if there is none.
func positionAt(file io.ReaderAt, offset int64) (event.Position, bool, error) {
	var start [len(logline.Start) + 21]byte
	n, err := file.ReadAt(start[:], offset)
	if err != nil && !errors.Is(err, io.EOF) { // at the end of the file a part is enough
		return 0, false, readError(err)
	}
	c := event.NewCursor(start[:n])
	p := event.Position(c.Natural(logline.Start))
	return p, c.Has(`,`), nil
}
