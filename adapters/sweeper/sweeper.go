package sweeper

import (
	"context"
	"errors"
	"time"

	"github.com/onhand/onhand/ports"
)

// Sweeper calls a sweep again and again.
type Sweeper struct {
	sweep  func(context.Context) error
	every  time.Duration
	report ports.Reporter

	stop context.CancelFunc
	done chan struct{}
}

// New makes a sweeper that waits for every between two sweeps. It does nothing
// before Start.
func New(sweep func(context.Context) error, every time.Duration, report ports.Reporter) *Sweeper {
	return &Sweeper{sweep: sweep, every: every, report: report, stop: func() {}}
}

// Start begins to sweep in the background.
func (s *Sweeper) Start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.done = stop, make(chan struct{})
	go s.run(ctx)
}

// Stop interrupts a sweep under way and returns when it has ended, or with ctx's
// error when that ends before. Deadlines that are not written yet stay for the next start.
func (s *Sweeper) Stop(ctx context.Context) error {
	s.stop()
	if s.done == nil {
		return nil
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("the sweeper is still at work"), ctx.Err())
	}
}

// run sweeps until ctx ends. A fault is reported once, until a sweep succeeds
// again: a full disk is no news every second.
func (s *Sweeper) run(ctx context.Context) {
	defer close(s.done)
	ticker := time.NewTicker(s.every)
	defer ticker.Stop()
	told := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := s.sweep(ctx)
		if err != nil && ctx.Err() == nil && !told {
			s.report(ports.Incident{
				Component: "sweeper",
				Message:   "expired reservations could not be written to the log: the sweeper tries again",
				Err:       err,
			})
		}
		told = err != nil
	}
}
