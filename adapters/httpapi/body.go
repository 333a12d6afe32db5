package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	// slowBodyDelay is how long a request keeps its permit while its body arrives. What a
	// client sends at once is there before.
	slowBodyDelay = 10 * time.Millisecond
	// unreadBodyTimeout is how long a refusal waits for the rest of a body. It is long enough for
	// a body that the client sent at once, also if neither side gets a processor for a while: a
	// connection that ends before its body was read may lose the answer.
	unreadBodyTimeout = time.Second
)

// bodyTooLargeError refuses a body of more than limit bytes.
type bodyTooLargeError struct{ limit int64 }

func (e *bodyTooLargeError) Error() string {
	return fmt.Sprintf("the body is larger than %d bytes: send a smaller one", e.limit)
}

// readBody reads the whole body of a request.
func readBody(c *gin.Context, limit int64) ([]byte, error) {
	if c.Request.ContentLength > limit {
		return nil, &bodyTooLargeError{limit: limit}
	}
	body, err := exchangeOf(c).receive(func() ([]byte, error) { return readLimited(c, limit) })
	if err == nil {
		return body, nil
	}
	if isShed(err) {
		return nil, err
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, &bodyTooLargeError{limit: limit}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, context.DeadlineExceeded
	}
	if ctxErr := requestContext(c).Err(); ctxErr != nil {
		return nil, ctxErr
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &bodyError{detail: "the body is shorter than its Content-Length"}
	}
	return nil, &bodyError{detail: "the connection failed while the service read the body"}
}

// readLimited reads the body into exactly the memory that it needs where its length is known
// and small. A larger body gets memory as it arrives, at most four times its arrived part:
// a client that only claims a length must not take up memory.
func readLimited(c *gin.Context, limit int64) ([]byte, error) {
	from, most, known := io.Reader(c.Request.Body), c.Request.ContentLength, c.Request.ContentLength >= 0
	if !known {
		from, most = http.MaxBytesReader(c.Writer, c.Request.Body, limit), limit+1 // one more shows that it is too large
	}
	body := make([]byte, min(most, uncountedBodyBytes))
	for read := int64(0); ; {
		n, ended, err := fill(from, body[read:], most-read)
		read += n
		switch {
		case err != nil:
			return nil, err
		case read == most || ended && !known:
			return body[:read], nil
		case ended:
			return nil, io.ErrUnexpectedEOF
		}
		size := min(most, 4*read)
		if err := exchangeOf(c).body.acquire(size - read); err != nil {
			return nil, err
		}
		larger := make([]byte, size)
		copy(larger, body)
		body = larger
	}
}

// fill reads until dst is full, want bytes have been read, or the body has ended. An error
// that comes with the last wanted byte does not count.
func fill(from io.Reader, dst []byte, want int64) (read int64, ended bool, err error) {
	for read < int64(len(dst)) {
		n, err := from.Read(dst[read:])
		read += int64(n)
		switch {
		case err == nil || read == want:
		case errors.Is(err, io.EOF):
			return read, true, nil
		default:
			return read, false, err
		}
	}
	return read, false, nil
}

// receive reads a body. If the client is slow, the permit is suspended meanwhile; the read
// ends where too many requests wait already.
func (x *exchange) receive(read func() ([]byte, error)) ([]byte, error) {
	x.bodyRead = true
	generation, held := x.permit.state()
	if !held {
		return read()
	}
	slow := time.AfterFunc(slowBodyDelay, func() {
		if x.permit.suspend(generation) != nil {
			_ = http.NewResponseController(x).SetReadDeadline(time.Unix(1, 0)) // ends the read at once
		}
	})
	body, err := read()
	if slow.Stop() {
		return body, err
	}
	return body, x.permit.resume(&x.deadline, err)
}

// limitUnreadBody lets a refusal go out although the body has not arrived. Before an answer,
// net/http reads the rest of a body, and would wait for as long as the request has time.
// With this limit it does not: the connection ends with the answer.
func (x *exchange) limitUnreadBody(r *http.Request) {
	if r.ContentLength != 0 && !x.bodyRead {
		soon := time.Now().Add(unreadBodyTimeout) //nolint:forbidigo // the kernel's clock counts here
		_ = http.NewResponseController(x).SetReadDeadline(soon)
	}
}
