package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// admissionFixture is the admission to one handler, without the rest of the API.
type admissionFixture struct {
	*Server
	records *[]*Record
	handler http.Handler
}

// newAdmissionFixture admits requests to a handler through opts.Work and opts.Breaker.
func newAdmissionFixture(t *testing.T, opts Options, handler func(*gin.Context) error) admissionFixture {
	s, records := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), opts)
	engine := gin.New()
	engine.Use(s.newObserver().observe, s.problems.recoverPanics)
	engine.POST("/", s.newAdmission(opts.Work, opts.Breaker).admit(handler))
	return admissionFixture{Server: s, records: records, handler: engine}
}

func (d admissionFixture) ask(ctx context.Context, body io.Reader) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	d.handler.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodPost, "/", body))
	return answer
}

// recordingBreaker is a breaker that records the errors of its calls, or refuses.
type recordingBreaker struct {
	refuse error
	errs   []error
}

func (b *recordingBreaker) Do(ctx context.Context, call func(context.Context) error) error {
	if b.refuse != nil {
		return b.refuse
	}
	var err error
	defer func() { b.errs = append(b.errs, err) }()
	err = errors.New("panicked")
	err = call(ctx)
	return err
}

func (b *recordingBreaker) Status() ports.BreakerStatus {
	return ports.BreakerStatus{Name: "api", State: ports.BreakerClosed}
}

func onePermit(room int) ports.Bulkhead {
	return bulkhead.New(bulkhead.Options{Name: "api", Permits: 1, Queue: room})
}
