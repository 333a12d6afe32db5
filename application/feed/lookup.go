package feed

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// CommitID returns the id of the commit at a position.
func CommitID(ctx context.Context, log ports.EventFeed, at event.Position) (string, error) {
	for c, err := range log.Commits(ctx, at-1) {
		if err != nil {
			return "", fmt.Errorf("read log: %w", err)
		}
		return c.ID, nil
	}
	return "", fmt.Errorf("the log ends before position %d", at)
}
