package processlock

import (
	"context"
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

// Patience lets a start wait for locks that other processes hold.
type Patience struct {
	Left time.Duration // for all waits together
	// Tell is called once a second while a start waits.
	Tell func(waited time.Duration)
}

// during runs a wait, which ends with its context at the latest.
func (p *Patience) during(wait func(context.Context) error) error {
	began := time.Now() //nolint:forbidigo // measures how long the wait took
	ctx, cancel := context.WithTimeout(context.Background(), p.Left)
	var telling sync.WaitGroup
	telling.Go(func() { p.tell(ctx) })
	err := wait(ctx)
	cancel()
	telling.Wait()
	p.Left = max(0, p.Left-time.Since(began)) //nolint:forbidigo // the same
	return err
}

func (p *Patience) tell(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for waited := time.Second; ; waited += time.Second {
		select {
		case <-second.C:
			p.Tell(waited)
		case <-ctx.Done():
			return
		}
	}
}

// How often a lock that another process has is tried.
const (
	firstTry     = 50 * time.Microsecond
	laterTry     = time.Millisecond
	directoryTry = 10 * time.Millisecond // each opens the directory
)

// poll tries until it succeeds. The error is ports.ErrBusy if ctx ends before.
func poll(ctx context.Context, longest time.Duration, try func() (bool, error)) error {
	for rest := firstTry; ; rest = min(2*rest, longest) {
		if mine, err := try(); mine || err != nil {
			return err
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
		}
		if ctx.Err() != nil { // both may have come at the same time
			return ports.ErrBusy
		}
	}
}
