package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
)

// maxPageBytes is how large a page of the feed may be before its last commit.
const maxPageBytes = 1 << 20

// pageEvents answers with a page, after a wait if that is asked for.
func (s *Server) pageEvents(c *gin.Context, l feedRequest) error {
	commits, next, err := s.readPage(c, l)
	if err != nil {
		return err
	}
	setPosition(c, next)
	body := append([]byte(`{"commits":[`), commits...)
	body = strconv.AppendInt(append(body, `],"next":`...), int64(next), 10)
	s.followers.budget.bytes.Add(int64(len(body)))
	writeJSON(c, append(body, '}'))
	return nil
}

// look reads a page's commits, and up to where it has looked. Who waits is counted
// as a follower, but no longer while the answer is written.
func (s *Server) readPage(c *gin.Context, l feedRequest) (commits []byte, next event.Position, err error) {
	ctx := requestContext(c)
	if c.Request.Method == http.MethodHead {
		l.wait = 0
	}
	if l.wait > 0 {
		leave, err := s.followers.join(&s.followers.polls)
		if err != nil {
			return nil, 0, err
		}
		defer leave()
		defer s.exempt(c)()
		ctx = c.Request.Context()
	}
	follower := s.opts.Feed.Tail.Follow(l.filter, l.after)
	defer follower.Close()
	reach := func(ctx context.Context) error { return s.waitReached(ctx, l) }
	if l.ahead && l.wait == 0 { // as any other read that waits for a position
		err = c.Writer.(*exchange).waitWithoutPermit(reach)
	} else {
		err = reach(ctx)
	}
	if err != nil {
		return nil, 0, err
	}
	commits, n, err := s.collect(ctx, follower, l)
	if err != nil {
		return nil, 0, err
	}
	s.followers.sent.Add(int64(n))
	return commits, follower.Position(), nil
}

// share waits for a page's share of the budget.
func (s *Server) acquireBudget(ctx context.Context, n int64) error {
	if s.opts.RequestTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.opts.RequestTimeout) // one that waited for news has none
		defer cancel()
	}
	return s.followers.budget.acquireOrReject(ctx, s.followers.ending, n)
}

// collect reads the commits of a page. Without a wait it takes one look, which is
// bounded; with one it goes on until there is something.
func (s *Server) collect(ctx context.Context, follower *feed.Follower, l feedRequest) (commits []byte, n int, err error) {
	timer := time.NewTimer(l.wait)
	defer timer.Stop()
	for {
		commits, n, more, err := s.readOnce(ctx, follower, l)
		if err != nil || n > 0 || l.wait == 0 {
			return commits, n, err
		}
		ready := follower.Ready()
		if more {
			ready = closedChannel
		}
		select {
		case <-ready:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		case <-s.followers.ending.Done():
			return nil, 0, nil
		case <-timer.C:
			return nil, 0, nil
		}
	}
}

// pick takes one look, and waits for its share of the budget. Few do so at a time:
// what was found takes memory until the share has come. Long polls are limited in
// number, so there is room for all of them.
func (s *Server) readOnce(ctx context.Context, follower *feed.Follower, l feedRequest) (commits []byte, n int, more bool, err error) {
	if pages := s.opts.Pages; pages != nil {
		if err := pages.Enter(ctx, l.wait > 0); errors.Is(err, context.DeadlineExceeded) {
			return nil, 0, false, errNoPermit
		} else if err != nil {
			return nil, 0, false, err
		}
		defer pages.Leave()
	}
	readsBefore, bytesBefore := follower.FromLog()
	more, err = follower.Read(ctx, func(one *feed.Commit) bool {
		if n > 0 {
			commits = append(commits, ',')
		}
		commits = one.AppendJSON(commits, l.filter)
		n++
		return n < l.limit && len(commits) < maxPageBytes
	})
	if err == nil {
		reads, bytes := follower.FromLog()
		err = s.acquireBudget(ctx, cost(len(commits), reads-readsBefore, bytes-bytesBefore))
	}
	return commits, n, more, err
}

// closedTokens is always ready.
var closedChannel = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// setAside takes a request that waits for news out of what bounds the others: the
// server's deadlines, and the count of requests under way. Call what it returns
// when it is over.
func (s *Server) exempt(c *gin.Context) (over func()) {
	s.inFlight.Add(-1)
	connection := http.NewResponseController(c.Writer)
	_ = connection.SetReadDeadline(time.Time{}) // it ends with an error where there is no connection, as in tests
	_ = connection.SetWriteDeadline(time.Time{})
	return func() {
		s.inFlight.Add(1)
		s.extendWriteDeadline(connection)
	}
}

// mayWrite gives a client the time that it has to take what is written next.
func (s *Server) extendWriteDeadline(connection *http.ResponseController) {
	var until time.Time
	if s.opts.Feed.WriteTimeout > 0 {
		until = time.Now().Add(s.opts.Feed.WriteTimeout) //nolint:forbidigo // the kernel's clock counts here
	}
	_ = connection.SetWriteDeadline(until)
}
