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
	// pieceBytes is how much of a stream is written at a time, about: what a client
	// must take within the time for a write.
	pieceBytes = 64 << 10
	// farewell is the time to write the last words of a stream.
	shutdownWriteTimeout = time.Second
)

var (
	typeStream       = []string{typeEventStream}
	unbuffered       = []string{"no"}
	unchunked        = []string{"identity"} // for net/http: no chunks, each of which costs two more system calls
	shutdownComment  = []byte(": shutting down\n\n")
	readErrorComment = []byte(": the log cannot be read; try again\n\n")
	pieces           = sync.Pool{New: func() any { return new([]byte) }}
	maxPooledBytes   = 4 * pieceBytes // of those that are kept
)

// stream is server-sent events on their way to one client, as the HTML standard
// has them (WHATWG, section 9.2).
type stream struct {
	server     *Server
	follower   *feed.Follower
	filter     feed.Filter
	writer     http.ResponseWriter
	connection *http.ResponseController
	heartbeat  *time.Timer
	interval   time.Duration  // between heartbeats
	sentTo     event.Position // that the client has been told of
}

// streamEvents sends commits as they become durable, until the client leaves or
// does not read.
func (s *Server) streamEvents(c *gin.Context, l feedRequest) error {
	leave, err := s.followers.join(&s.followers.streams)
	if err != nil {
		return err
	}
	defer leave()
	defer s.exempt(c)()
	ctx := c.Request.Context()
	follower := s.opts.Feed.Tail.Follow(l.filter, l.after)
	defer follower.Close()
	if err := s.waitReached(ctx, l); err != nil {
		return err
	}
	setPosition(c, l.after)
	h := c.Writer.Header()
	h["Content-Type"] = typeStream
	h["X-Accel-Buffering"] = unbuffered // what nginx wants to hear
	h["Transfer-Encoding"] = unchunked
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		return nil
	}
	st := stream{server: s, follower: follower, filter: l.filter, writer: c.Writer, connection: http.NewResponseController(c.Writer)}
	// A write that hangs when the service ends must not hold it up.
	defer context.AfterFunc(s.followers.ending, st.shortenWriteDeadline)()
	err = st.run(ctx)
	record(c).Position = st.sentTo
	s.recordEnd(c, err)
	return nil
}

// ended judges how a stream ended. It was answered with 200 whatever happened.
func (s *Server) recordEnd(c *gin.Context, err error) {
	switch {
	case s.followers.ending.Err() != nil:
	case errors.Is(err, os.ErrDeadlineExceeded): // before the next: a write that fails ends the context, too
		s.followers.cutOff.Add(1)
		record(c).Err = errCutOff
	case c.Request.Context().Err() == nil:
		record(c).Err = err
	}
}

func (st *stream) run(ctx context.Context) error {
	if st.interval = st.server.opts.Feed.Heartbeat; st.interval == 0 {
		st.interval = math.MaxInt64
	}
	st.heartbeat = time.NewTimer(st.interval)
	defer st.heartbeat.Stop()
	ending := st.server.followers.ending
	st.sentTo = st.follower.Position()
	begin := strconv.AppendInt([]byte("retry: 1000\nid: "), int64(st.sentTo), 10)
	if err := st.write(append(begin, "\n\n"...)); err != nil {
		return err
	}
	for due := false; ; {
		more, wrote, err := st.sendPiece(ctx)
		if due && !wrote && err == nil {
			err = st.sendHeartbeat()
		}
		switch {
		case errors.Is(err, errShuttingDown):
			return st.write(shutdownComment)
		case err != nil:
			return err
		case wrote:
			st.heartbeat.Reset(st.interval)
		}
		due = false
		ready := st.follower.Ready()
		if more {
			ready = closedChannel
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ending.Done():
			return st.write(shutdownComment)
		case <-ready:
		case <-st.heartbeat.C:
			due = true // with the position that the next pass comes to
		}
	}
}

// beat sends a heartbeat.
func (st *stream) sendHeartbeat() error {
	st.heartbeat.Reset(st.interval)
	return st.write(appendHeartbeat(nil, st.sentTo))
}

// pass sends a piece of what there is, when it has its share of the budget.
func (st *stream) sendPiece(ctx context.Context) (more, wrote bool, err error) {
	piece := pieces.Get().(*[]byte)
	out, n := (*piece)[:0], int64(0)
	reads, logBytes := st.follower.FromLog()
	more, err = st.follower.Read(ctx, func(c *feed.Commit) bool {
		out = appendMessage(out, c, st.filter)
		n++
		return len(out) < pieceBytes
	})
	if err != nil && ctx.Err() == nil {
		out = append(out, readErrorComment...)
	}
	f := st.server.followers
	readsNow, logBytesNow := st.follower.FromLog()
	due := cost(len(out), readsNow-reads, logBytesNow-logBytes)
	if late := f.budget.acquire(ctx, f.ending, due, st.heartbeat.C, st.sendHeartbeat); late != nil {
		return false, false, errors.Join(err, late)
	}
	if len(out) > 0 {
		err = errors.Join(err, st.write(out))
		wrote = true
		f.sent.Add(n)
		f.budget.bytes.Add(int64(len(out)))
	}
	st.sentTo = st.follower.Position()
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

// appendHeartbeat appends an id without an event: the client then resumes there,
// although nothing of what it wants has happened.
func appendHeartbeat(dst []byte, p event.Position) []byte {
	dst = strconv.AppendInt(append(dst, "id: "...), int64(p), 10)
	return append(dst, "\n: heartbeat\n\n"...)
}

// write writes all of it, and lets the client have the time for each piece.
func (st *stream) write(text []byte) error {
	for len(text) > 0 {
		n := min(len(text), pieceBytes+pieceBytes/2)
		st.server.extendWriteDeadline(st.connection)
		if st.server.followers.ending.Err() != nil {
			st.shortenWriteDeadline()
		}
		if _, err := st.writer.Write(text[:n]); err != nil {
			return err
		}
		if err := st.connection.Flush(); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

// hurry leaves little time for what is being written.
func (st *stream) shortenWriteDeadline() {
	_ = st.connection.SetWriteDeadline(time.Now().Add(shutdownWriteTimeout)) //nolint:forbidigo // the kernel's clock counts here
}
