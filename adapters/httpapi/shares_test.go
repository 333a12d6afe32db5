package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
)

func TestAClientHasItsShareOfFollowersOnly(t *testing.T) {
	f := newFollowers(FeedOptions{MaxFollowers: 5, MaxPerClient: 2})
	first, network := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::ffff")
	// Given a client with a stream and a long poll, which is its share.
	leave, err := f.join(&f.streams, first)
	require.NoError(t, err)
	_, err = f.join(&f.polls, network)
	require.NoError(t, err)
	// When the client asks for more, it is refused, by whatever address of its network.
	for range 10 {
		_, err = f.join(&f.streams, network)
		require.ErrorIs(t, err, errTooManyAtOnce)
	}
	// Then others get the rest.
	for _, other := range []netip.Addr{shop, shop, till} {
		_, err = f.join(&f.streams, other)
		require.NoError(t, err)
	}
	_, err = f.join(&f.streams, till)
	require.ErrorIs(t, err, errTooManyFollowers)
	leave()
	_, err = f.join(&f.streams, till)
	require.NoError(t, err, "a refusal takes nothing from the share")
	require.EqualValues(t, 5, f.count.Load())
}

func TestSharesOfClientsThatHaveLeftTakeNoMemory(t *testing.T) {
	s := newShares(2)
	for n := range uint32(1000) {
		require.True(t, s.take(numberedAddress(n)))
		s.give(numberedAddress(n))
	}
	require.Empty(t, s.taken)
}

func TestAClientHasItsShareOfWaitingRequestsOnly(t *testing.T) {
	waits := bulkhead.New(bulkhead.Options{Name: "waits", Permits: 3})
	var wait func(context.Context) error
	d := newAdmissionFixture(t, Options{
		RequestTimeout: time.Minute, Feed: FeedOptions{MaxPerClient: 2},
		Overload: Overload{Work: onePermit(0), Waits: waits},
	}, func(c *gin.Context) error { return exchangeOf(c).waitWithoutPermit(wait) })
	ask := func(address string) int {
		request, answer := httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRecorder()
		request.RemoteAddr = address
		d.handler.ServeHTTP(answer, request)
		return answer.Code
	}
	depth := 0
	wait = func(context.Context) error { // each request makes the next one while it waits
		switch depth++; depth {
		case 1:
			require.Equal(t, http.StatusOK, ask("198.51.100.7:1"))
		case 2:
			require.Equal(t, 2, waits.Status().InUse)
			require.Equal(t, http.StatusTooManyRequests, ask("198.51.100.7:2"))
			require.Equal(t, http.StatusOK, ask("203.0.113.9:1"), "others wait")
		}
		return nil
	}
	require.Equal(t, http.StatusOK, ask("198.51.100.7:3"))
	require.Equal(t, 3, depth)
	require.Zero(t, waits.Status().InUse)
}
