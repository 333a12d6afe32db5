package httpapi

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/domain/event"
)

// maxPositionWait bounds how long a read waits for Onhand-Min-Position.
const maxPositionWait = 2 * time.Second

// view reaches the positions of the log one after the other.
type view interface {
	Reached(p event.Position) bool
	WaitFor(ctx context.Context, p event.Position) error
}

// waitForPosition waits for the position of Onhand-Min-Position, if the request has one.
func waitForPosition(c *gin.Context, v view) error {
	wanted, err := minPosition(c.Request.Header)
	if err != nil || wanted == 0 {
		return err
	}
	return waitFor(c, v, wanted)
}

// waitFor waits until a view has reached a position. It holds no permit meanwhile: a view
// that lags must not hold up requests that do not wait for it.
func waitFor(c *gin.Context, v view, p event.Position) error {
	if v.Reached(p) {
		return nil
	}
	return exchangeOf(c).waitWithoutPermit(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, maxPositionWait)
		defer cancel()
		return v.WaitFor(ctx, p)
	})
}
