package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/fx"
)

// profile serves the runtime's profiles if PPROF_PORT is set, on the loopback interface only:
// profiles show the memory of the program.
func profile(c Config, logger *logrus.Logger, lc fx.Lifecycle) {
	if c.PprofPort == 0 {
		return
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/debug/pprof/", pprof.Index)
	routes.HandleFunc("/debug/pprof/profile", pprof.Profile)
	routes.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: routes, ReadHeaderTimeout: time.Second}
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error {
			listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.PprofPort)))
			if err != nil {
				return fmt.Errorf("listen for profiling: %w", err)
			}
			go func() {
				if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
					logger.WithError(err).Error("the profiling server failed")
				}
			}()
			return nil
		},
		OnStop: func(context.Context) error { return server.Close() },
	})
}
