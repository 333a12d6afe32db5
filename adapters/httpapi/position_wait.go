package httpapi

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/domain/event"
)

// maxPositionWait bounds how long a read waits for Onhand-Min-Position.
const maxPositionWait = 2 * time.Second

// view is something that comes to positions of the log one after the other.
type view interface {
	Reached(p event.Position) bool
	WaitFor(ctx context.Context, p event.Position) error
}

// waitForPosition does what Onhand-Min-Position asks, within bounds.
func (s *Server) waitForPosition(c *gin.Context) error {
	wanted, err := minPosition(c.Request.Header)
	if err != nil || wanted == 0 {
		return err
	}
	return s.waitFor(c, s.ledger, wanted)
}

// waitFor waits until a view has come to a position, without a place at work: what is
// behind must not hold up those who do not wait for it.
func (s *Server) waitFor(c *gin.Context, v view, p event.Position) error {
	if v.Reached(p) {
		return nil
	}
	return c.Writer.(*exchange).waitWithoutPermit(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, maxPositionWait)
		defer cancel()
		return v.WaitFor(ctx, p)
	})
}
