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
type way struct {
	server   *Server
	bulkhead ports.Bulkhead // nil: any number at a time
	urgent   bool
	breaker  ports.Breaker // nil: none
	probing  *probing

	full, open *refusal
}

func (s *Server) way(b ports.Bulkhead, breaker ports.Breaker) *way {
	w := &way{server: s, bulkhead: b, breaker: breaker, probing: &probing{}, full: s.problems.prepare(&ports.FullError{})}
	if breaker != nil {
		w.open = s.problems.prepare(&ports.OpenError{Name: breaker.Status().Name})
	}
	return w
}

// urgently is the same way, for what may use the kept share of the waiting room.
func (w *way) urgently() *way {
	urgent := *w
	urgent.urgent = true
	return &urgent
}

// to makes a gin handler of one that returns its error. Whatever it does, its place is
// given back when it has ended.
func (w *way) to(handler func(*gin.Context) error) gin.HandlerFunc {
	handler = w.server.fresh(handler)
	if w.bulkhead == nil && w.breaker == nil {
		return w.server.handle(handler)
	}
	return func(c *gin.Context) {
		x := c.Writer.(*exchange)
		x.place.of, x.place.urgent = w.bulkhead, w.urgent
		defer x.place.release()
		if err := x.place.take(&x.within); err != nil {
			w.turnAway(c, err)
			return
		}
		if w.breaker == nil {
			_ = w.server.attempt(c, handler)
			return
		}
		if err := w.probing.enter(c, w.breaker); err != nil {
			_ = w.server.refuse(c, err)
			return
		}
		begun := &x.begun
		err := w.breaker.Do(&x.within, func(context.Context) error {
			*begun = true
			return w.server.attempt(c, handler)
		})
		if err != nil && !x.begun {
			w.probing.seen(err)
			w.turnAway(c, err)
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
	since := x.place.since // nobody changes it any more
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
func (w *way) turnAway(c *gin.Context, err error) {
	switch err.(type) { //nolint:errorlint // as they come from the ports; others take the longer way
	case *ports.FullError:
		w.full.send(c, err, w.full.row.retrySeconds(err))
	case *ports.OpenError:
		w.open.send(c, err, w.open.row.retrySeconds(err))
	default:
		w.server.refuse(c, err)
	}
}
