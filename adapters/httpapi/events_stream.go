package httpapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
)

const (
	// pieceBytes is about how much of a stream is written at a time: what a client must take
	// within the time for a write.
	pieceBytes     = 64 << 10
	maxPooledBytes = 4 * pieceBytes // of a buffer that is used again
)

var (
	typeStream       = []string{typeEventStream}
	unbuffered       = []string{"no"}
	unchunked        = []string{"identity"} // tells net/http to send no chunks, which cost two more system calls each
	shutdownComment  = []byte(": shutting down\n\n")
	readErrorComment = []byte(": the log cannot be read; try again\n\n")
	pieces           = sync.Pool{New: func() any { return new([]byte) }}
)

// stream is a stream of server-sent events to one client (HTML standard of the WHATWG,
// section 9.2).
type stream struct {
	followers  *followers
	follower   *feed.Follower
	filter     feed.Filter
	writer     http.ResponseWriter
	connection feedConnection
	heartbeat  *time.Timer
	interval   time.Duration  // of heartbeats
	sentTo     event.Position // which the client has been told
}

// stream sends commits as they become durable, until the client leaves or does not read.
func (e *events) stream(c *gin.Context, r feedRequest) error {
	leave, err := e.followers.join(&e.followers.streams, record(c).Client)
	if err != nil {
		return err
	}
	defer leave()
	connection := newFeedConnection(c, e.followers.opts.WriteTimeout)
	defer connection.exempt(e.traffic)()
	ctx := c.Request.Context()
	follower := e.tail.Follow(r.filter, r.after)
	defer follower.Close()
	if err := e.waitReached(ctx, r); err != nil {
		return err
	}
	setPosition(c, r.after)
	h := c.Writer.Header()
	h["Content-Type"] = typeStream
	h["X-Accel-Buffering"] = unbuffered // turns off the buffer of nginx
	h["Transfer-Encoding"] = unchunked
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		return nil
	}
	s := stream{followers: e.followers, follower: follower, filter: r.filter, writer: c.Writer, connection: connection}
	// A write that hangs when the service ends must not hold it up.
	defer context.AfterFunc(e.followers.ending, connection.shortenWriteDeadline)()
	err = s.run(ctx)
	record(c).Position = s.sentTo
	e.recordEnd(c, err)
	return nil
}

// recordEnd notes in the request's record how a stream ended: its status is 200 in any case.
func (e *events) recordEnd(c *gin.Context, err error) {
	switch {
	case e.followers.ending.Err() != nil:
	case errors.Is(err, os.ErrDeadlineExceeded): // checked first: a write that fails ends the context, too
		e.followers.cutOff.Add(1)
		record(c).Err = errCutOff
	case c.Request.Context().Err() == nil:
		record(c).Err = err
	}
}

func (s *stream) run(ctx context.Context) error {
	if s.interval = s.followers.opts.Heartbeat; s.interval == 0 {
		s.interval = math.MaxInt64
	}
	s.heartbeat = time.NewTimer(s.interval)
	defer s.heartbeat.Stop()
	if err := s.begin(); err != nil {
		return err
	}
	for due := false; ; {
		more, wrote, err := s.sendPiece(ctx)
		if due && !wrote && err == nil {
			err = s.sendHeartbeat()
		}
		switch {
		case errors.Is(err, errShuttingDown):
			return s.write(shutdownComment)
		case err != nil:
			return err
		case wrote:
			s.heartbeat.Reset(s.interval)
		}
		due = false
		ready := s.follower.Ready()
		if more {
			ready = closedChannel
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.followers.ending.Done():
			return s.write(shutdownComment)
		case <-ready:
		case <-s.heartbeat.C:
			due = true // with the position that the next piece reaches
		}
	}
}

func (s *stream) begin() error {
	s.sentTo = s.follower.Position()
	begin := strconv.AppendInt([]byte("retry: 1000\nid: "), int64(s.sentTo), 10)
	return s.write(append(begin, "\n\n"...))
}

func (s *stream) sendHeartbeat() error {
	s.heartbeat.Reset(s.interval)
	return s.write(appendHeartbeat(nil, s.sentTo))
}

// sendPiece sends a piece of what there is, when it has its share of the budget.
func (s *stream) sendPiece(ctx context.Context) (more, wrote bool, err error) {
	piece := pieces.Get().(*[]byte)
	out, n := (*piece)[:0], int64(0)
	reads, logBytes := s.follower.FromLog()
	more, err = s.follower.Read(ctx, func(c *feed.Commit) bool {
		out = appendMessage(out, c, s.filter)
		n++
		return len(out) < pieceBytes
	})
	if err != nil && ctx.Err() == nil {
		out = append(out, readErrorComment...)
	}
	readsNow, logBytesNow := s.follower.FromLog()
	w := waiter{ctx: ctx, ending: s.followers.ending, heartbeat: s.heartbeat.C, beat: s.sendHeartbeat}
	if late := s.followers.budget.acquire(w, cost(len(out), readsNow-reads, logBytesNow-logBytes)); late != nil {
		return false, false, errors.Join(err, late)
	}
	if len(out) > 0 {
		err = errors.Join(err, s.write(out))
		wrote = true
		s.followers.sent.Add(n)
		s.followers.budget.bytes.Add(int64(len(out)))
	}
	s.sentTo = s.follower.Position()
	if cap(out) <= maxPooledBytes {
		*piece = out
		pieces.Put(piece)
	}
	return more, wrote, err
}

// appendMessage appends one commit as an event named commit.
func appendMessage(dst []byte, c *feed.Commit, f feed.Filter) []byte {
	dst = strconv.AppendInt(append(dst, "id: "...), int64(c.Position), 10)
	dst = c.AppendJSON(append(dst, "\nevent: commit\ndata: "...), f)
	return append(dst, "\n\n"...)
}

// appendHeartbeat appends an id without an event, so that the client resumes there, although
// no event that it wants has happened.
func appendHeartbeat(dst []byte, p event.Position) []byte {
	dst = strconv.AppendInt(append(dst, "id: "...), int64(p), 10)
	return append(dst, "\n: heartbeat\n\n"...)
}

// write writes all of the text, and gives the client the time for each piece of it.
func (s *stream) write(text []byte) error {
	for len(text) > 0 {
		n := min(len(text), pieceBytes+pieceBytes/2)
		s.connection.extendWriteDeadline()
		if s.followers.ending.Err() != nil {
			s.connection.shortenWriteDeadline()
		}
		if _, err := s.writer.Write(text[:n]); err != nil {
			return err
		}
		if err := s.connection.Flush(); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}
