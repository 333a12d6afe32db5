package httpapi

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/ports"
)

// FeedOptions configure the feed.
type FeedOptions struct {
	Tail         *feed.Tail // nil if there is no feed
	MaxFollowers int        // event streams and long polls at a time; 0 is no limit
	// MaxPerClient bounds the followers of a client, and also its requests that wait for a
	// position or for a body; 0 is no limit.
	MaxPerClient int
	Heartbeat    time.Duration // the longest silence on a stream; 0 is for ever
	WriteTimeout time.Duration // for a client to take a piece of a stream; 0 is no limit
	// BytesPerSecond is what all followers together may be sent, in bytes that are sent from
	// memory; 0 is no limit.
	BytesPerSecond int64
}

// EncodeEvent returns the encoding of events in the API.
func EncodeEvent(publicURL string) feed.Encode {
	source := cloudevent.Source(publicURL)
	return func(dst []byte, e *ports.StreamEvent) []byte { return cloudevent.Append(dst, source, e) }
}

var (
	errTooManyFollowers = errors.New("the feed has too many followers")
	errShuttingDown     = errors.New("the service is shutting down")
	errCutOff           = errors.New("the follower did not read the stream in time")
)

// FeedStatus is the state of the feed.
type FeedStatus struct {
	Streams int64         // followers by server-sent events
	Polls   int64         // followers that wait for a page
	Limit   int           // of both together, 0 for none
	CutOff  int64         // streams that were ended because their clients did not read
	Sent    int64         // commits, each counted as often as it was sent
	Bytes   int64         // that were sent
	Budget  int64         // of bytes per second, 0 for none
	Waited  time.Duration // by all followers together, for their share of the budget
}

func (f FeedStatus) document() gin.H {
	return gin.H{
		"streams": f.Streams, "polls": f.Polls, "limit": f.Limit, "cutOff": f.CutOff, "commitsSent": f.Sent,
		"bytesSent": f.Bytes, "bytesPerSecondLimit": f.Budget, "secondsWaited": f.Waited.Seconds(),
	}
}

// followers are the requests that wait for events. They pass the bulkhead by and have a limit
// of their own.
type followers struct {
	opts  FeedOptions
	count atomic.Int64 // of both kinds; above the limit only while one is refused
	each  *shares

	streams, polls atomic.Int64
	cutOff, sent   atomic.Int64
	budget         *budget

	ending context.Context //nolint:containedctx // the end of all followers, not of a call
	end    context.CancelFunc
}

func newFollowers(opts FeedOptions) *followers {
	f := &followers{opts: opts, each: newShares(opts.MaxPerClient), budget: newBudget(opts.BytesPerSecond)}
	f.ending, f.end = context.WithCancel(context.Background())
	return f
}

// join counts a client's follower of one kind, until it leaves.
func (f *followers) join(kind *atomic.Int64, client netip.Addr) (leave func(), err error) {
	if f.ending.Err() != nil {
		return nil, errShuttingDown
	}
	if n := f.count.Add(1); f.opts.MaxFollowers > 0 && n > int64(f.opts.MaxFollowers) {
		f.count.Add(-1)
		return nil, errTooManyFollowers
	}
	if !f.each.take(client) {
		f.count.Add(-1)
		return nil, errTooManyAtOnce
	}
	kind.Add(1)
	return func() {
		kind.Add(-1)
		f.count.Add(-1)
		f.each.give(client)
	}, nil
}

func (f *followers) status() FeedStatus {
	return FeedStatus{
		Streams: f.streams.Load(), Polls: f.polls.Load(), Limit: f.opts.MaxFollowers,
		CutOff: f.cutOff.Load(), Sent: f.sent.Load(), Bytes: f.budget.bytes.Load(),
		Budget: f.opts.BytesPerSecond, Waited: time.Duration(f.budget.waited.Load()),
	}
}
