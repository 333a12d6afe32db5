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

// page answers with a page, after a wait if the request wants one.
func (e *events) page(c *gin.Context, r feedRequest) error {
	commits, next, err := e.readPage(c, r)
	if err != nil {
		return err
	}
	setPosition(c, next)
	body := append([]byte(`{"commits":[`), commits...)
	body = strconv.AppendInt(append(body, `],"next":`...), int64(next), 10)
	e.followers.budget.bytes.Add(int64(len(body)))
	writeJSON(c, append(body, '}'))
	return nil
}

// readPage reads the commits of a page, and returns the position up to which it has read. A
// request that waits counts as a follower, but no longer while the answer is written.
func (e *events) readPage(c *gin.Context, r feedRequest) (commits []byte, next event.Position, err error) {
	ctx := requestContext(c)
	if c.Request.Method == http.MethodHead {
		r.wait = 0
	}
	if r.wait > 0 {
		leave, err := e.followers.join(&e.followers.polls, record(c).Client)
		if err != nil {
			return nil, 0, err
		}
		defer leave()
		connection := newFeedConnection(c, e.followers.opts.WriteTimeout)
		defer connection.exempt(e.traffic)()
		ctx = c.Request.Context()
	}
	follower := e.tail.Follow(r.filter, r.after)
	defer follower.Close()
	reach := func(ctx context.Context) error { return e.waitReached(ctx, r) }
	if r.ahead && r.wait == 0 { // like any other read that waits for a position
		err = exchangeOf(c).waitWithoutPermit(reach)
	} else {
		err = reach(ctx)
	}
	if err != nil {
		return nil, 0, err
	}
	commits, n, err := e.collect(ctx, follower, r)
	if err != nil {
		return nil, 0, err
	}
	e.followers.sent.Add(int64(n))
	return commits, follower.Position(), nil
}

// collect reads the commits of a page. Without a wait it reads once, which is bounded; with
// one it continues until there is a commit.
func (e *events) collect(
	ctx context.Context, follower *feed.Follower, r feedRequest,
) (commits []byte, n int, err error) {
	timer := time.NewTimer(r.wait)
	defer timer.Stop()
	for {
		commits, n, more, err := e.readOnce(ctx, follower, r)
		if err != nil || n > 0 || r.wait == 0 {
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
		case <-e.followers.ending.Done():
			return nil, 0, nil
		case <-timer.C:
			return nil, 0, nil
		}
	}
}

// readOnce reads once, and waits for its share of the budget. Few requests do so at a time,
// because the page takes memory until the share has come. Long polls are limited in
// number, so there is room for all of them.
func (e *events) readOnce(
	ctx context.Context, follower *feed.Follower, r feedRequest,
) (commits []byte, n int, more bool, err error) {
	if pages := e.pages; pages != nil {
		if err := pages.Acquire(ctx, r.wait > 0); errors.Is(err, context.DeadlineExceeded) {
			return nil, 0, false, errNoPermit
		} else if err != nil {
			return nil, 0, false, err
		}
		defer pages.Release()
	}
	readsBefore, bytesBefore := follower.FromLog()
	more, err = follower.Read(ctx, func(one *feed.Commit) bool {
		if n > 0 {
			commits = append(commits, ',')
		}
		commits = one.AppendJSON(commits, r.filter)
		n++
		return n < r.limit && len(commits) < maxPageBytes
	})
	if err == nil {
		reads, bytes := follower.FromLog()
		err = e.acquireBudget(ctx, cost(len(commits), reads-readsBefore, bytes-bytesBefore))
	}
	return commits, n, more, err
}

// acquireBudget waits for a page's share of the budget.
func (e *events) acquireBudget(ctx context.Context, n int64) error {
	if e.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, e.timeout) // a request that waited for events has none
		defer cancel()
	}
	return e.followers.budget.acquireOrReject(waiter{ctx: ctx, ending: e.followers.ending}, n)
}

// closedChannel is always ready.
var closedChannel = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
