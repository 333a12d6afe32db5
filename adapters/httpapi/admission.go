package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/ports"
)

// way is how requests of a kind come to their handlers: through a bulkhead, and a
// breaker behind it. Whom they turn away costs next to nothing.
type admission struct {
	server   *Server
	bulkhead ports.Bulkhead // nil: any number at a time
	urgent   bool
	breaker  ports.Breaker // nil: none
	probe    *probeGuard

	fullProblem, openProblem *preparedProblem
}

func (s *Server) newAdmission(b ports.Bulkhead, breaker ports.Breaker) *admission {
	w := &admission{server: s, bulkhead: b, breaker: breaker, probe: &probeGuard{}, fullProblem: s.problems.prepare(&ports.FullError{})}
	if breaker != nil {
		w.openProblem = s.problems.prepare(&ports.OpenError{Name: breaker.Status().Name})
	}
	return w
}

// urgently is the same way, for what may use the kept share of the waiting room.
func (w *admission) urgently() *admission {
	urgent := *w
	urgent.urgent = true
	return &urgent
}

// to makes a gin handler of one that returns its error. Whatever it does, its place is
// given back when it has ended.
func (w *admission) admit(handler func(*gin.Context) error) gin.HandlerFunc {
	handler = w.server.readBarrier(handler)
	if w.bulkhead == nil && w.breaker == nil {
		return w.server.handle(handler)
	}
	return func(c *gin.Context) {
		x := c.Writer.(*exchange)
		x.permit.bulkhead, x.permit.urgent = w.bulkhead, w.urgent
		defer x.permit.release()
		if err := x.permit.acquire(&x.deadline); err != nil {
			w.shed(c, err)
			return
		}
		if w.breaker == nil {
			_ = w.server.attempt(c, handler)
			return
		}
		if err := w.probe.bufferBody(c, w.breaker); err != nil {
			_ = w.server.refuse(c, err)
			return
		}
		begun := &x.begun
		err := w.breaker.Do(&x.deadline, func(context.Context) error {
			*begun = true
			return w.server.attempt(c, handler)
		})
		if err != nil && !x.begun {
			w.probe.observe(err)
			w.shed(c, err)
		}
	}
}

// FaultError tells the breaker of a 500, or of a 504 that the service is to blame for. It
// wraps nothing: a time-out does not look as if the caller's time had run out.
type FaultError struct{ Cause error }

func (e *FaultError) Error() string { return e.Cause.Error() }

// IsFault tells what the breaker around the API's work must count, of the errors that
// it is given.
func IsFault(err error) bool {
	_, fault := errors.AsType[*FaultError](err)
	return fault
}

// attempt lets a handler answer, and returns what the breaker must know: a fault; or
// the context's error where the request proves nothing. Its client has left, or it
// was at work for less than half of its time when that ran out: the rest it has spent
// in the waiting room, or waiting for its body.
func (s *Server) attempt(c *gin.Context, handler func(*gin.Context) error) error {
	err := handler(c)
	if err == nil {
		return nil
	}
	x := c.Writer.(*exchange)
	since := x.permit.since // nobody changes it any more
	switch status := s.refuse(c, err); {
	case status == http.StatusInternalServerError:
		return &FaultError{Cause: err}
	case status != http.StatusGatewayTimeout:
		return nil
	case x.record.ClientGone || since.IsZero() || time.Since(since) < s.opts.RequestTimeout/2: //nolint:forbidigo // measures
		return err
	}
	return &FaultError{Cause: err}
}

// turnAway answers a request that was not begun.
func (w *admission) shed(c *gin.Context, err error) {
	switch err.(type) { //nolint:errorlint // as they come from the ports; others take the longer way
	case *ports.FullError:
		w.fullProblem.send(c, err, w.fullProblem.row.retrySeconds(err))
	case *ports.OpenError:
		w.openProblem.send(c, err, w.openProblem.row.retrySeconds(err))
	default:
		w.server.refuse(c, err)
	}
}
