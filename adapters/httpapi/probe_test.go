package httpapi

import (
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/ports"
)

// TestAProbeDoesNotWaitForItsClient makes a request with a slow body the first one when the
// circuit is half-open.
func TestAProbeDoesNotWaitForItsClient(t *testing.T) {
	now := time.Unix(0, 0)
	breaker, err := hystrixbreaker.New(hystrixbreaker.Options{
		Name: "api", Threshold: 0.5, MinCalls: 1, Cooldown: time.Minute, Fault: IsFault, Now: func() time.Time { return now },
	})
	require.NoError(t, err)
	var mu sync.Mutex
	var got []string
	work := onePermit(9)
	opts := Options{
		RequestTimeout: time.Hour,
		Overload: Overload{
			Work: work, Waits: bulkhead.New(bulkhead.Options{Name: "waits", Permits: 9}), Breaker: breaker,
		},
	}
	d := newAdmissionFixture(t, opts, func(c *gin.Context) error {
		body, err := readBody(c, maxBodyBytes)
		mu.Lock()
		got = append(got, string(body))
		mu.Unlock()
		if string(body) == "fault" {
			panic("at the disco")
		}
		return err
	})
	ask := func(body io.Reader) int { return d.ask(t.Context(), body).Code }
	fail := func() {
		require.Eventually(t, func() bool { return ask(strings.NewReader("fault")) == 503 }, time.Minute, time.Millisecond)
	}
	fail()
	got = nil
	now = now.Add(time.Minute)
	synctest.Test(t, func(t *testing.T) {
		answered := make(chan int, 1)
		go func() { answered <- ask(&slowBody{after: 10 * time.Minute, content: strings.NewReader("slow")}) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, ports.BreakerHalfOpen, breaker.Status().State)
		require.Equal(t, 200, ask(strings.NewReader("quick")), "it is the probe, no other request is")
		require.Equal(t, ports.BreakerClosed, breaker.Status().State)
		require.Equal(t, 200, <-answered)
	})
	require.Equal(t, []string{"quick", "slow"}, got, "handlers read the whole body, although the guard has read it before")
	require.Zero(t, work.Status().InUse)

	fail()
	now = now.Add(time.Minute)
	require.Equal(t, 413, ask(strings.NewReader(strings.Repeat("x", maxBatchBytes+1))))
	require.Equal(t, ports.BreakerHalfOpen, breaker.Status().State, "without a readable body it is no probe")
	require.Equal(t, 413, ask(strings.NewReader(strings.Repeat("x", maxBodyBytes+1))))
	require.Equal(t, ports.BreakerClosed, breaker.Status().State, "a request that its handler refuses is one")
}
