package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/ports"
)

func TestAFreePermitCostsNoAllocation(t *testing.T) {
	p := permit{bulkhead: onePermit(0)}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		require.NoError(t, p.acquire(t.Context()))
		p.release()
	}))
}

func TestARequestThatWaitsForOthersHoldsNoPermit(t *testing.T) {
	work, waits := onePermit(0), bulkhead.New(bulkhead.Options{Name: "waits", Permits: 1})
	breaker, behind := &recordingBreaker{}, errors.New("behind")
	opts := Options{RequestTimeout: time.Minute, Overload: Overload{Work: work, Waits: waits, Breaker: breaker}}
	d := newAdmissionFixture(t, opts, func(c *gin.Context) error {
		x := exchangeOf(c)
		err := x.waitWithoutPermit(func(ctx context.Context) error {
			require.Zero(t, work.Status().InUse)
			require.Equal(t, 1, waits.Status().InUse)
			_, full := errors.AsType[*ports.FullError](waits.Acquire(ctx, false))
			require.True(t, full, "one request may wait")
			if c.GetHeader("Wait") == "in vain" {
				return behind
			}
			return nil
		})
		if err != nil {
			require.Zero(t, work.Status().InUse, "a refusal needs no permit")
			return err
		}
		require.Equal(t, 1, work.Status().InUse)
		return nil
	})
	ask := func(header string) int {
		request, answer := httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRecorder()
		request.Header.Set("Wait", header)
		d.handler.ServeHTTP(answer, request)
		require.Zero(t, work.Status().InUse)
		require.Zero(t, waits.Status().InUse)
		return answer.Code
	}
	require.Equal(t, 200, ask("a little"))
	require.Equal(t, 500, ask("in vain"))
	require.NoError(t, waits.Acquire(t.Context(), false))
	answer := d.ask(t.Context(), nil)
	require.Equal(t, 503, answer.Code, "too many requests wait")
	require.Contains(t, answer.Body.String(), `"code":"overloaded"`)
	require.Zero(t, work.Status().InUse)
}

// slowBody is a body that arrives after a while.
type slowBody struct {
	after   time.Duration
	content io.Reader
	then    error
}

func (s *slowBody) Read(p []byte) (int, error) {
	time.Sleep(s.after)
	s.after = 0
	n, err := s.content.Read(p)
	if errors.Is(err, io.EOF) && s.then != nil {
		err = s.then
	}
	return n, err
}

func TestABodyThatArrivesSlowly(t *testing.T) {
	work, waits := onePermit(1), bulkhead.New(bulkhead.Options{Name: "waits", Permits: 1})
	breaker := &recordingBreaker{}
	opts := Options{RequestTimeout: time.Second, Overload: Overload{Work: work, Waits: waits, Breaker: breaker}}
	d := newAdmissionFixture(t, opts, func(c *gin.Context) error {
		if _, err := readBody(c, maxBodyBytes); err != nil {
			return err
		}
		require.Equal(t, 1, work.Status().InUse)
		require.Zero(t, waits.Status().InUse)
		return nil
	})
	begin := func(after time.Duration, then error) (at func(time.Duration, func()), status func() int) {
		answered := make(chan int, 1)
		go func() { answered <- d.ask(t.Context(), &slowBody{after, strings.NewReader("{}"), then}).Code }()
		return func(d time.Duration, look func()) { time.Sleep(d); synctest.Wait(); look() }, func() int { return <-answered }
	}
	t.Run("holds no permit meanwhile, and one again when it has arrived", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			at, status := begin(500*time.Millisecond, nil)
			at(5*time.Millisecond, func() { require.Equal(t, 1, work.Status().InUse, "most bodies arrive at once") })
			at(10*time.Millisecond, func() {
				require.Zero(t, work.Status().InUse)
				require.Equal(t, 1, waits.Status().InUse)
			})
			require.Equal(t, 200, status())
		})
	})
	t.Run("is refused when too many requests wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			require.NoError(t, waits.Acquire(t.Context(), false))
			defer waits.Release()
			at, status := begin(500*time.Millisecond, nil)
			at(15*time.Millisecond, func() { require.Zero(t, work.Status().InUse) })
			require.Equal(t, 503, status())
		})
	})
	t.Run("and breaks off is no fault of the service", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, status := begin(time.Second, context.DeadlineExceeded)
			require.Equal(t, 504, status())
		})
	})
	require.Zero(t, work.Status().InUse)
	require.Zero(t, waits.Status().InUse)
	require.Len(t, breaker.errs, 3)
	require.False(t, slices.ContainsFunc(breaker.errs, IsFault))
}
