package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func TestAPermitIsReleasedWhateverTheHandlerDoes(t *testing.T) {
	work := onePermit(0)
	for name, end := range map[string]func(*gin.Context) error{
		"answers":           func(c *gin.Context) error { writeJSON(c, []byte("{}")); return nil },
		"answers otherwise": func(c *gin.Context) error { c.JSON(200, gin.H{}); return nil },
		"refuses":           func(*gin.Context) error { return &stock.InsufficientError{} },
		"panics":            func(*gin.Context) error { panic("at the disco") },
		"is left alone":     func(c *gin.Context) error { <-requestContext(c).Done(); return requestContext(c).Err() },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			opts := Options{Overload: Overload{Work: work, Breaker: &recordingBreaker{}}}
			d := newAdmissionFixture(t, opts, func(c *gin.Context) error {
				require.Equal(t, 1, work.Status().InUse)
				if name == "is left alone" {
					leave()
				}
				return end(c)
			})
			d.ask(ctx, nil)
			require.Len(t, *d.records, 1)
			require.Zero(t, work.Status().InUse)
		})
	}
}

func TestAShedRequestCostsNothingAndGetsAProblem(t *testing.T) {
	work, breaker := onePermit(0), &recordingBreaker{}
	opts := Options{PublicURL: "https://stock.example", Overload: Overload{Work: work, Breaker: breaker}}
	d := newAdmissionFixture(t, opts, func(c *gin.Context) error {
		t.Error("it was begun")
		return nil
	})
	require.NoError(t, work.Acquire(t.Context(), false))
	unread := strings.NewReader(`{"delta":1}`)
	answer := d.ask(t.Context(), unread)
	require.Equal(t, 503, answer.Code)
	require.Equal(t, "1", answer.Header().Get("Retry-After"))
	require.Equal(t, typeProblem, answer.Header()["Content-Type"])
	require.JSONEq(t, `{"type":"https://stock.example/problems/overloaded","status":503,
		"title":"The service is overloaded","code":"overloaded","requestId":"made",
		"detail":"The service has no room for this request now. The request changed nothing. `+
		`Wait for the seconds in Retry-After, then repeat it with the same Idempotency-Key."}`, answer.Body.String())
	require.Equal(t, 11, unread.Len(), "the body is not read")
	require.Empty(t, breaker.errs)
	require.Len(t, *d.records, 1)
	require.Equal(t, "overloaded", (*d.records)[0].Code)
	require.EqualValues(t, 1, work.Status().Shed)
}

func TestARequestWaitsForAPermitUntilItsTimeIsOver(t *testing.T) {
	work, breaker := onePermit(5), &recordingBreaker{}
	opts := Options{RequestTimeout: time.Second, Overload: Overload{Work: work, Breaker: breaker}}
	d := newAdmissionFixture(t, opts, func(c *gin.Context) error {
		t.Error("it was begun")
		return nil
	})
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, work.Acquire(t.Context(), false))
		begin := time.Now()
		answer := d.ask(t.Context(), nil)
		require.Equal(t, time.Second, time.Since(begin))
		require.Equal(t, 503, answer.Code, "nothing was done: it is overload, not a time-out")
		require.Contains(t, answer.Body.String(), `"code":"overloaded"`)

		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, leave)
		d.ask(ctx, nil)
		require.True(t, (*d.records)[1].ClientGone)
		require.Zero(t, work.Status().Waiting)
	})
	require.Empty(t, breaker.errs, "neither is a fault")
	require.Equal(t, 1, work.Status().InUse)
}

func TestTheBreakerIsToldOfFaultsOnly(t *testing.T) {
	waited := onePermit(1)
	fails := func(*gin.Context) error { return errors.New("whatever") }
	panics := func(*gin.Context) error { panic("at the disco") }
	late := func(c *gin.Context) error { <-requestContext(c).Done(); return requestContext(c).Err() }
	for name, c := range map[string]struct {
		handler func(*gin.Context) error
		work    ports.Bulkhead
		leaves  bool
		fault   bool
		told    string
		status  int
	}{
		"a success":               {handler: func(c *gin.Context) error { c.Status(204); return nil }, status: 204},
		"a refusal":               {handler: func(*gin.Context) error { return &stock.InsufficientError{} }, status: 409},
		"a store without room":    {handler: func(*gin.Context) error { return ports.ErrReadOnly }, status: 503},
		"a store that fails":      {handler: func(*gin.Context) error { return ports.ErrUnavailable }, status: 503},
		"an unknown outcome":      {handler: func(*gin.Context) error { return ports.ErrOutcomeUnknown }, status: 503},
		"another open circuit":    {handler: func(*gin.Context) error { return &ports.OpenError{} }, status: 503},
		"a fault":                 {handler: fails, fault: true, told: "whatever", status: 500},
		"a panic":                 {handler: panics, told: "panicked", status: 500},
		"a time-out":              {handler: late, fault: true, told: context.DeadlineExceeded.Error(), status: 504},
		"a time-out after a wait": {handler: late, work: waited, told: context.DeadlineExceeded.Error(), status: 504},
		"a client that leaves":    {handler: late, leaves: true, told: context.Canceled.Error(), status: 504},
	} {
		t.Run(name, func(t *testing.T) {
			breaker := &recordingBreaker{}
			opts := Options{RequestTimeout: time.Second, Overload: Overload{Work: c.work, Breaker: breaker}}
			d := newAdmissionFixture(t, opts, c.handler)
			synctest.Test(t, func(t *testing.T) {
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				if c.work != nil {
					require.NoError(t, c.work.Acquire(ctx, false))
					time.AfterFunc(900*time.Millisecond, c.work.Release)
				}
				if c.leaves {
					time.AfterFunc(time.Millisecond, leave)
				}
				require.Equal(t, c.status, d.ask(ctx, nil).Code)
			})
			require.Len(t, breaker.errs, 1)
			if c.told == "" {
				require.NoError(t, breaker.errs[0])
				return
			}
			require.EqualError(t, breaker.errs[0], c.told)
			require.Equal(t, c.fault, IsFault(breaker.errs[0]))
			ended := errors.Is(breaker.errs[0], context.DeadlineExceeded) || errors.Is(breaker.errs[0], context.Canceled)
			require.NotEqual(t, c.fault, ended || c.told == "panicked")
		})
	}
}

func TestAnOpenCircuitRefusesBeforeAnyWork(t *testing.T) {
	refusing := &recordingBreaker{refuse: &ports.OpenError{Name: "api", RetryAfter: 29*time.Second + 1}}
	d := newAdmissionFixture(t, Options{Overload: Overload{Work: onePermit(0), Breaker: refusing}}, nil)
	unread := strings.NewReader("{}")
	answer := d.ask(t.Context(), unread)
	require.Equal(t, 503, answer.Code)
	require.Equal(t, "30", answer.Header().Get("Retry-After"))
	require.JSONEq(t, `{"type":"/problems/circuit-open","title":"A dependency is failing","status":503,
		"code":"circuit-open","circuit":"api","requestId":"made",
		"detail":"A dependency of this request has failed so often that the service does not call it for a while. `+
		`This request changed nothing; an earlier one with its Idempotency-Key may have. `+
		`Wait for the seconds in Retry-After, then repeat it with the same key."}`, answer.Body.String())
	require.Equal(t, 2, unread.Len())
	require.Zero(t, d.opts.Work.Status().InUse)
}

func TestAnOpenCircuitKeepsNoOperatorOut(t *testing.T) {
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{
		Metrics: metrics, Overload: Overload{Breaker: &recordingBreaker{refuse: &ports.OpenError{Name: "api"}}},
	})
	for _, path := range []string{
		"/livez", "/readyz", "/v1/status", "/metrics", "/openapi.yaml", "/problems/circuit-open",
	} {
		require.Equal(t, 200, ask(s, http.MethodGet, path, nil).Code, path)
	}
	require.Equal(t, 503, ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`)).Code)
	require.Equal(t, 200, ask(s, http.MethodGet, "/v1/stores", nil).Code, "the circuit guards writes only")
	require.Equal(t, 404, ask(s, http.MethodGet, "/nowhere", nil).Code)
}
