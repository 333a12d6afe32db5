package httpapi

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/ports"
)

// Drain makes the service unready, and ends event streams and waits for events, at once. It
// then serves requests for a while, or until ctx ends, so that load balancers send clients
// elsewhere before Shutdown closes the port. Each answer tells its client to connect again.
func (s *Server) Drain(ctx context.Context, while time.Duration) {
	s.traffic.draining.Store(true)
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

// Shutdown drains at once if Drain was not called, stops listening and waits for the requests
// under way. When ctx ends first, it cuts their connections and reports an incident.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain(ctx, 0)
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	s.opts.Report(ports.Incident{
		Component: "httpapi", Message: "the server closed connections: their requests did not end in time", Err: err,
	})
	if err := s.http.Close(); err != nil {
		return fmt.Errorf("close HTTP: %w", err)
	}
	return nil
}
