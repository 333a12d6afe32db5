package httpapi

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/ports"
)

// kept makes a handler of something that only one of several processes does.
func (s *Server) leaderOnly(handler func(*gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if !s.opts.IsLeader() {
			return ports.ErrNotLeader
		}
		return handler(c)
	}
}

// ordered makes an order to projections one that is refused where it is for projections
// that another process runs: all, or one that does not run here.
func (s *Server) leaderOnlyControl(do func(context.Context, string) error) func(context.Context, string) error {
	return func(ctx context.Context, name string) error {
		if s.opts.IsLeader() {
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
