package httpapi

import (
	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/ledger"
)

// handler answers a request, or returns the error that is answered as a problem.
type handler func(*gin.Context) error

// readBarrier lets requests see every write that any process has acknowledged before them.
type readBarrier struct{ ledger *ledger.Ledger }

// before makes a handler that passes the barrier first.
func (b readBarrier) before(next handler) handler {
	return func(c *gin.Context) error {
		if err := b.ledger.CatchUp(requestContext(c)); err != nil {
			return err
		}
		return next(c)
	}
}
