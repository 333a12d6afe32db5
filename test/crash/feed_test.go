package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
	"github.com/onhand/onhand/test/sse"
)

const (
	feedRequests = 5_000
	feedKills    = 6
	feedChanges  = 2 // of each request, in one commit
)

// follower reads the feed over all lives of the service. It reconnects with what it
// has got last, as a browser does.
type follower struct {
	url  atomic.Pointer[string]
	seen atomic.Int64 // the last position
	open atomic.Int64 // connections made
	last string       // id to continue after
}

// follow reads until ctx ends. Every commit must be the one after the last.
func (f *follower) follow(ctx context.Context, t *testing.T) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		s, err := sse.Open(ctx, client, *f.url.Load()+"/v1/events", "Last-Event-ID: "+f.last)
		if err != nil {
			time.Sleep(5 * time.Millisecond) // it is down, for now
			continue
		}
		f.open.Add(1)
		for f.take(t, s) {
		}
		f.last = s.LastID
		s.Close()
	}
}

// take takes one message; false at the end of the connection.
func (f *follower) take(t *testing.T, s *sse.Stream) bool {
	m, err := s.Next()
	if err != nil {
		return false
	}
	if m.Data == "" {
		return true
	}
	var commit struct{ Position int64 }
	if json.Unmarshal([]byte(m.Data), &commit) != nil || m.ID != strconv.FormatInt(commit.Position, 10) ||
		commit.Position != f.seen.Load()+1 {
		t.Errorf("after %d came %q: %s", f.seen.Load(), m.ID, m.Data)
	}
	f.seen.Store(commit.Position)
	return true
}

// TestAFollowerSeesEveryPositionOnceThoughTheServiceIsKilled kills the service
// again and again while 10,000 changes are made.
func TestAFollowerSeesEveryPositionOnceThoughTheServiceIsKilled(t *testing.T) {
	seed := number("ONHAND_SEED", uint64(time.Now().UnixNano()))
	t.Logf("ONHAND_SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	c := newCampaign(t, func(rng *rand.Rand, reference string) change {
		return change{sku: rng.IntN(1000), delivery: feedChanges, reference: reference}
	})
	f := &follower{last: "0"}
	var following sync.WaitGroup
	ctx, leave := context.WithCancel(t.Context())
	defer following.Wait()
	defer leave()
	for round := range feedKills + 1 {
		service := process.Start(t, c.dir, settings...)
		f.url.Store(&service.URL)
		if round == 0 {
			following.Go(func() { f.follow(ctx, t) })
		}
		c.settle(t, service)
		target := feedRequests * (round + 1) / (feedKills + 1)
		if round < feedKills {
			target -= rng.IntN(feedRequests / (feedKills + 1) / 2)
		}
		reached := make(chan struct{})
		var once sync.Once
		stopped := c.work(t, service, rng, func(acknowledged int) {
			if acknowledged >= target {
				once.Do(func() { close(reached) })
			}
		})
		<-reached
		service.Kill()
		<-stopped
	}
	service := process.Start(t, c.dir, settings...)
	f.url.Store(&service.URL)
	c.settle(t, service)
	require.GreaterOrEqual(t, len(c.acknowledged), feedRequests)
	end := status(t, service)
	require.Eventually(t, func() bool { return f.seen.Load() == end }, time.Minute, time.Millisecond,
		"seen up to %d of %d", f.seen.Load(), end)
	service.Stop(t)
	t.Logf("%d positions, each seen once, over %d connections", end, f.open.Load())
	require.Greater(t, f.open.Load(), int64(feedKills))
}

// status is the position at which the log ends.
func status(t *testing.T, service *process.Service) int64 {
	answer, err := http.Get(service.URL + "/v1/status")
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	var s struct{ Store struct{ Position int64 } }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&s), fmt.Sprint(answer.Status))
	return s.Store.Position
}
