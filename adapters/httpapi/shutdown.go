package httpapi

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/ports"
)

// Drain says not ready and ends event streams and waits for news, at once. It then
// serves on for a while, or until ctx ends, so that who asks for readiness sends its
// clients elsewhere before Shutdown closes the port to them; clients that stay are
// told with each answer to connect anew.
func (s *Server) Drain(ctx context.Context, while time.Duration) {
	s.draining.Store(true)
	s.followers.end()
	if while <= 0 {
		return
	}
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Shutdown drains at once if Drain was not called, stops listening and waits for the
// requests under way; when ctx ends first, their connections are cut and that is reported.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain(ctx, 0)
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	s.opts.Report(ports.Incident{Component: "httpapi", Message: "connections were cut: their requests took too long to end", Err: err})
	if err := s.http.Close(); err != nil {
		return fmt.Errorf("close HTTP: %w", err)
	}
	return nil
}
