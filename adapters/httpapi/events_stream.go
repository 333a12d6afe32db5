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
	farewell = time.Second
)

var (
	typeStream  = []string{typeEventStream}
	unbuffered  = []string{"no"}
	unchunked   = []string{"identity"} // for net/http: no chunks, each of which costs two more system calls
	lastWords   = []byte(": shutting down\n\n")
	cannotRead  = []byte(": the log cannot be read; try again\n\n")
	pieces      = sync.Pool{New: func() any { return new([]byte) }}
	maxPieceCap = 4 * pieceBytes // of those that are kept
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
	every      time.Duration  // between heartbeats
	at         event.Position // that the client has been told of
}

// streamEvents sends commits as they become durable, until the client leaves or
// does not read.
func (s *Server) streamEvents(c *gin.Context, l listening) error {
	leave, err := s.followers.enter(&s.followers.streams)
	if err != nil {
		return err
	}
	defer leave()
	defer s.setAside(c)()
	ctx := c.Request.Context()
	follower := s.opts.Feed.Tail.Follow(l.filter, l.after)
	defer follower.Close()
	if err := s.reach(ctx, l); err != nil {
		return err
	}
	position(c, l.after)
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
	defer context.AfterFunc(s.followers.ending, st.hurry)()
	err = st.run(ctx)
	record(c).Position = st.at
	s.ended(c, err)
	return nil
}

// ended judges how a stream ended. It was answered with 200 whatever happened.
func (s *Server) ended(c *gin.Context, err error) {
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
	if st.every = st.server.opts.Feed.Heartbeat; st.every == 0 {
		st.every = math.MaxInt64
	}
	st.heartbeat = time.NewTimer(st.every)
	defer st.heartbeat.Stop()
	ending := st.server.followers.ending
	st.at = st.follower.Position()
	begin := strconv.AppendInt([]byte("retry: 1000\nid: "), int64(st.at), 10)
	if err := st.write(append(begin, "\n\n"...)); err != nil {
		return err
	}
	for due := false; ; {
		more, wrote, err := st.pass(ctx)
		if due && !wrote && err == nil {
			err = st.beat()
		}
		switch {
		case errors.Is(err, errShuttingDown):
			return st.write(lastWords)
		case err != nil:
			return err
		case wrote:
			st.heartbeat.Reset(st.every)
		}
		due = false
		ready := st.follower.Ready()
		if more {
			ready = closedTokens
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ending.Done():
			return st.write(lastWords)
		case <-ready:
		case <-st.heartbeat.C:
			due = true // with the position that the next pass comes to
		}
	}
}

// beat sends a heartbeat.
func (st *stream) beat() error {
	st.heartbeat.Reset(st.every)
	return st.write(appendHeartbeat(nil, st.at))
}

// pass sends a piece of what there is, when it has its share of the budget.
func (st *stream) pass(ctx context.Context) (more, wrote bool, err error) {
	piece := pieces.Get().(*[]byte)
	out, n := (*piece)[:0], int64(0)
	reads, logBytes := st.follower.FromLog()
	more, err = st.follower.Read(ctx, func(c *feed.Commit) bool {
		out = appendMessage(out, c, st.filter)
		n++
		return len(out) < pieceBytes
	})
	if err != nil && ctx.Err() == nil {
		out = append(out, cannotRead...)
	}
	f := st.server.followers
	readsNow, logBytesNow := st.follower.FromLog()
	due := price(len(out), readsNow-reads, logBytesNow-logBytes)
	if late := f.budget.take(ctx, f.ending, due, st.heartbeat.C, st.beat); late != nil {
		return false, false, errors.Join(err, late)
	}
	if len(out) > 0 {
		err = errors.Join(err, st.write(out))
		wrote = true
		f.sent.Add(n)
		f.budget.bytes.Add(int64(len(out)))
	}
	st.at = st.follower.Position()
	if cap(out) <= maxPieceCap {
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
		st.server.mayWrite(st.connection)
		if st.server.followers.ending.Err() != nil {
			st.hurry()
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
func (st *stream) hurry() {
	_ = st.connection.SetWriteDeadline(time.Now().Add(farewell)) //nolint:forbidigo // the kernel's clock counts here
}
