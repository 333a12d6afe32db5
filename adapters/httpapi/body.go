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
const uncountedBodyBytes = 16 << 10

// bodies bounds the memory of all bodies that are being read or worked on: those that
// come slowly hold no place at work, and so there can be many.
type bodyQuota struct {
	memory    *semaphore.Weighted // in bytes; nil is no bound
	exhausted *ports.FullError
}

func newBodyQuota(bytes int64) *bodyQuota {
	b := &bodyQuota{exhausted: &ports.FullError{Name: "bodies", Limit: int(bytes)}}
	if bytes > 0 {
		b.memory = semaphore.NewWeighted(bytes)
	}
	return b
}

// share is what one request has of that.
type bodyShare struct {
	*bodyQuota
	bytes int64
}

// grow takes more, until the request is over.
func (s *bodyShare) acquire(bytes int64) error {
	if s.memory == nil {
		return nil
	}
	if !s.memory.TryAcquire(bytes) {
		return s.exhausted
	}
	s.bytes += bytes
	return nil
}

// free gives all of it back.
func (s *bodyShare) release() {
	if s.bytes > 0 {
		s.memory.Release(s.bytes)
		s.bytes = 0
	}
}

// readUpTo reads the body, into just the memory that it needs where its length is
// known and small. A large one gets memory as it comes: at most four times what is
// there, since whoever only claims a length shall take up none.
func readLimited(c *gin.Context, limit int64) ([]byte, error) {
	from, most, known := io.Reader(c.Request.Body), c.Request.ContentLength, c.Request.ContentLength >= 0
	if !known {
		from, most = http.MaxBytesReader(c.Writer, c.Request.Body, limit), limit+1 // room to find that it is too much
	}
	body := make([]byte, min(most, uncountedBodyBytes))
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
		if err := c.Writer.(*exchange).body.acquire(size - at); err != nil {
			return nil, err
		}
		larger := make([]byte, size)
		copy(larger, body)
		body = larger
	}
}
