package jsonevents

import (
	"context"
	"fmt"
	"sync"

	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/ports"
)

// indexSaver writes the index of the log to a file, while the log grows.
type indexSaver struct {
	files  snapfile.Series
	view   *view
	copies chan<- chan<- *logindex.Copy // asks the committer for a copy of the index
	ended  <-chan struct{}              // closed when the committer has ended

	mu sync.Mutex // one save at a time
}

func (s *indexSaver) save(ctx context.Context, pace ports.Pace) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := make(chan *logindex.Copy, 1)
	select {
	case s.copies <- answer:
	case <-s.ended:
		return fmt.Errorf("save index: %w: closed", ports.ErrUnavailable)
	case <-ctx.Done():
		return ctx.Err()
	}
	c := <-answer
	if c == nil {
		return fmt.Errorf("save index: %w", ports.ErrUnavailable)
	}
	defer s.view.release(c)
	last := c.Last().Position
	if last == 0 {
		return nil
	}
	if _, err := s.files.Write(ctx, last, c.Records(s.view.mu.RLocker()), pace); err != nil {
		return fmt.Errorf("save index: %w", err)
	}
	return nil
}
