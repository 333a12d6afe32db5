package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/ports"
)

// admission lets the requests of one kind through to their handlers: a bulkhead, a
// breaker inside it, and the read barrier. A request that it sheds costs next to nothing.
type admission struct {
	problems problems
	barrier  readBarrier
	timeout  time.Duration  // of a request
	bulkhead ports.Bulkhead // nil: any number at a time
	urgent   bool
	breaker  ports.Breaker // nil: none
	probe    *probeGuard
	rate     *rateLimiter // is charged with the work of a read; nil: nothing is
	log      logBudget    // of writes

	fullProblem, openProblem *preparedProblem
}

func newAdmission(
	p problems, barrier readBarrier, timeout time.Duration, bulkhead ports.Bulkhead, breaker ports.Breaker,
) *admission {
	a := &admission{
		problems: p, barrier: barrier, timeout: timeout, bulkhead: bulkhead, breaker: breaker,
		probe: &probeGuard{}, fullProblem: p.prepare(&ports.FullError{}),
	}
	if breaker != nil {
		a.openProblem = p.prepare(&ports.OpenError{Name: breaker.Status().Name})
	}
	return a
}

// urgently returns the same admission for requests that may use the reserved share of
// the waiting room.
func (a *admission) urgently() *admission {
	urgent := *a
	urgent.urgent = true
	return &urgent
}

// charging returns the same admission for reads that their clients pay for.
func (a *admission) charging(rate *rateLimiter) *admission {
	paid := *a
	paid.rate = rate
	return &paid
}

// budgeted returns the same admission for writes, which a client that owes bytes of the log is refused.
func (a *admission) budgeted(log logBudget) *admission {
	write := *a
	write.log = log
	return &write
}

// admit makes a gin handler. The request's permit is given back when it ends, whatever
// the handler does.
func (a *admission) admit(next handler) gin.HandlerFunc {
	next = a.barrier.before(next)
	if a.bulkhead == nil && a.breaker == nil && a.rate == nil && a.log.rateLimiter == nil {
		return a.problems.handle(next)
	}
	return func(c *gin.Context) {
		x := exchangeOf(c)
		x.permit.bulkhead, x.permit.urgent = a.bulkhead, a.urgent
		defer func() {
			x.permit.release()
			a.rate.charge(x.record.Client, x.permit.work())
		}()
		if err := x.permit.acquire(&x.deadline); err != nil {
			a.shed(c, err)
			return
		}
		// The other requests of a client may have cost more than it may have, while this one waited.
		if a.rate.refuseDebtor(c) || a.log.refuseDebtor(c) {
			return
		}
		if a.breaker == nil {
			_ = a.run(c, next)
			return
		}
		a.callBreaker(c, next)
	}
}

func (a *admission) callBreaker(c *gin.Context, next handler) {
	x := exchangeOf(c)
	if err := a.probe.bufferBody(c, a.breaker); err != nil {
		_ = a.problems.write(c, err)
		return
	}
	begun := &x.begun
	err := a.breaker.Do(&x.deadline, func(context.Context) error {
		*begun = true
		return a.run(c, next)
	})
	if err != nil && !x.begun {
		a.probe.observe(err)
		a.shed(c, err)
	}
}

// FaultError tells the breaker of a 500, or of a 504 that the service is to blame for. It
// wraps nothing, so that a time-out is not taken for the end of the caller's time.
type FaultError struct{ Cause error }

func (e *FaultError) Error() string { return e.Cause.Error() }

// IsFault reports whether the breaker around the API's work must count an error that it
// is given.
func IsFault(err error) bool {
	_, fault := errors.AsType[*FaultError](err)
	return fault
}

// run lets a handler answer, and returns what the breaker must know: a fault, or the
// context's error where the request proves nothing. It proves nothing if its client has
// left, or if it worked for less than half of its time when that ran out: it spent the
// rest in the waiting room or waiting for its body.
func (a *admission) run(c *gin.Context, next handler) error {
	err := next(c)
	if err == nil {
		return nil
	}
	x := exchangeOf(c)
	since := x.permit.since // the handler has returned: nothing changes it any more
	switch status := a.problems.write(c, err); {
	case status == http.StatusInternalServerError:
		return &FaultError{Cause: err}
	case status != http.StatusGatewayTimeout:
		return nil
	case x.record.ClientGone || since.IsZero() || time.Since(since) < a.timeout/2: //nolint:forbidigo // measures
		return err
	}
	return &FaultError{Cause: err}
}

// shed answers a request that was not begun.
func (a *admission) shed(c *gin.Context, err error) {
	switch err.(type) { //nolint:errorlint // the ports do not wrap them; others take the slower path
	case *ports.FullError:
		a.fullProblem.send(c, err, a.fullProblem.row.retrySeconds(err))
	case *ports.OpenError:
		a.openProblem.send(c, err, a.openProblem.row.retrySeconds(err))
	default:
		a.problems.write(c, err)
	}
}
