package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/ledger"
)

// handler answers a request, or returns the error that is answered as a problem.
type handler func(*gin.Context) error

// readBarrier lets requests see every write that any process has acknowledged before them. The
// position of a read is not below that of such a write.
type readBarrier struct{ ledger *ledger.Ledger }

// before makes a handler that passes the barrier first.
func (b readBarrier) before(next handler) handler {
	return func(c *gin.Context) error {
		if err := b.pass(c); err != nil {
			return err
		}
		return next(c)
	}
}

func (b readBarrier) pass(c *gin.Context) error {
	if m := c.Request.Method; m == http.MethodGet || m == http.MethodHead {
		return b.ledger.CatchUpToRead(requestContext(c))
	}
	return b.ledger.CatchUp(requestContext(c))
}
