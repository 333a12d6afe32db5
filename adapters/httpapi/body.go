package httpapi

import (
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/semaphore"

	"github.com/onhand/onhand/ports"
)

// firstBytes is how much memory a body gets before any of it has come, and how much
// is not counted.
const firstBytes = 16 << 10

// bodies bounds the memory of all bodies that are being read or worked on: those that
// come slowly hold no place at work, and so there can be many.
type bodies struct {
	room *semaphore.Weighted // in bytes; nil is no bound
	full *ports.FullError
}

func newBodies(bytes int64) *bodies {
	b := &bodies{full: &ports.FullError{Name: "bodies", Limit: int(bytes)}}
	if bytes > 0 {
		b.room = semaphore.NewWeighted(bytes)
	}
	return b
}

// share is what one request has of that.
type share struct {
	*bodies
	bytes int64
}

// grow takes more, until the request is over.
func (s *share) grow(bytes int64) error {
	if s.room == nil {
		return nil
	}
	if !s.room.TryAcquire(bytes) {
		return s.full
	}
	s.bytes += bytes
	return nil
}

// free gives all of it back.
func (s *share) free() {
	if s.bytes > 0 {
		s.room.Release(s.bytes)
		s.bytes = 0
	}
}

// readUpTo reads the body, into just the memory that it needs where its length is
// known and small. A large one gets memory as it comes: at most four times what is
// there, since whoever only claims a length shall take up none.
func readUpTo(c *gin.Context, limit int64) ([]byte, error) {
	from, most, known := io.Reader(c.Request.Body), c.Request.ContentLength, c.Request.ContentLength >= 0
	if !known {
		from, most = http.MaxBytesReader(c.Writer, c.Request.Body, limit), limit+1 // room to find that it is too much
	}
	body := make([]byte, min(most, firstBytes))
	for at := int64(0); ; {
		for at < int64(len(body)) {
			n, err := from.Read(body[at:])
			at += int64(n)
			switch {
			case err == nil || at == most:
			case errors.Is(err, io.EOF) && !known:
				return body[:at], nil
			case errors.Is(err, io.EOF):
				return nil, io.ErrUnexpectedEOF
			default:
				return nil, err
			}
		}
		if at == most {
			return body, nil
		}
		size := min(most, 4*at)
		if err := c.Writer.(*exchange).body.grow(size - at); err != nil {
			return nil, err
		}
		larger := make([]byte, size)
		copy(larger, body)
		body = larger
	}
}
