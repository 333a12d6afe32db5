package httpapi

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/ports"
)

// FeedOptions are how the feed behaves.
type FeedOptions struct {
	Tail         *feed.Tail    // nil if there is no feed
	MaxFollowers int           // event streams and long polls at a time; 0 is no limit
	Heartbeat    time.Duration // the longest silence on a stream; 0 is for ever
	WriteTimeout time.Duration // for a client to take a piece of a stream; 0 is no limit
	// BytesPerSecond is what all who follow may be sent together, at the price of
	// bytes from memory; 0 is no limit.
	BytesPerSecond int64
}

// EncodeEvent is how the API shows events.
func EncodeEvent(publicURL string) feed.Encode {
	source := cloudevent.Source(publicURL)
	return func(dst []byte, e *ports.StreamEvent) []byte { return cloudevent.Append(dst, source, e) }
}

var (
	errTooManyFollowers = errors.New("too many follow the feed")
	errShuttingDown     = errors.New("the service is shutting down")
	errCutOff           = errors.New("the follower did not read what it was sent")
)

// FeedStatus is how the feed stands.
type FeedStatus struct {
	Streams int64         // followers by server-sent events
	Polls   int64         // followers that wait for a page
	Limit   int           // of both together, 0 for none
	CutOff  int64         // streams that were ended since their clients did not read
	Sent    int64         // commits that were sent, each as often as it was
	Bytes   int64         // that were sent
	Budget  int64         // of bytes per second, 0 for none
	Waited  time.Duration // by all together, for their share of the budget
}

// followers are those who wait for news. They hold nothing of the way that other
// requests take, and have a limit of their own.
type followers struct {
	limit int
	count atomic.Int64 // of both kinds; never above the limit for long

	streams, polls atomic.Int64
	cutOff, sent   atomic.Int64
	budget         *budget

	ending context.Context //nolint:containedctx // the end of all of them, not of a call
	end    context.CancelFunc
}

func newFollowers(opts FeedOptions) *followers {
	f := &followers{limit: opts.MaxFollowers, budget: newBudget(opts.BytesPerSecond)}
	f.ending, f.end = context.WithCancel(context.Background())
	return f
}

// enter counts somebody in, as one of a kind, who must leave.
func (f *followers) join(kind *atomic.Int64) (leave func(), err error) {
	if f.ending.Err() != nil {
		return nil, errShuttingDown
	}
	if n := f.count.Add(1); f.limit > 0 && n > int64(f.limit) {
		f.count.Add(-1)
		return nil, errTooManyFollowers
	}
	kind.Add(1)
	return func() {
		kind.Add(-1)
		f.count.Add(-1)
	}, nil
}

// FeedStatus tells how the feed stands.
func (s *Server) FeedStatus() FeedStatus {
	f := s.followers
	return FeedStatus{
		Streams: f.streams.Load(), Polls: f.polls.Load(), Limit: f.limit, CutOff: f.cutOff.Load(), Sent: f.sent.Load(),
		Bytes: f.budget.bytes.Load(), Budget: s.opts.Feed.BytesPerSecond, Waited: time.Duration(f.budget.waited.Load()),
	}
}

// appear shows the feed on the status page.
func (f FeedStatus) statusDocument() gin.H {
	return gin.H{
		"streams": f.Streams, "polls": f.Polls, "limit": f.Limit, "cutOff": f.CutOff, "commitsSent": f.Sent,
		"bytesSent": f.Bytes, "bytesPerSecondLimit": f.Budget, "secondsWaited": f.Waited.Seconds(),
	}
}
