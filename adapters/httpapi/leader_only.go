package httpapi

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/ports"
)

// leadership reports whether this process is the leader: of several processes on one log,
// the leader alone runs webhooks and keeps dead letters.
type leadership func() bool

// only makes a handler that all other processes refuse.
func (isLeader leadership) only(next handler) handler {
	return func(c *gin.Context) error {
		if !isLeader() {
			return ports.ErrNotLeader
		}
		return next(c)
	}
}

// control sends a request to one projection, or to all of them if the name is empty.
type control func(ctx context.Context, name string) error

// local makes a control request that is refused where it is about projections of the
// leader: about all, or about one that this process does not run.
func (isLeader leadership) local(do control) control {
	return func(ctx context.Context, name string) error {
		if isLeader() {
			return do(ctx, name)
		}
		if name == "" {
			return ports.ErrNotLeader
		}
		err := do(ctx, name)
		if errors.Is(err, projection.ErrUnknownProjection) {
			return ports.ErrNotLeader
		}
		return err
	}
}
