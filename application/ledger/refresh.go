package ledger

import (
	"context"
	"fmt"
	"time"
)

// Refresh brings in what other processes have acknowledged. It costs next to nothing
// where there are none, or they have written nothing.
func (l *Ledger) Refresh(ctx context.Context) error {
	foreign, err := l.store.Refresh(ctx, time.Time{})
	if err != nil {
		return fmt.Errorf("look for what others wrote: %w", err)
	}
	if foreign <= l.horizon.position() {
		return nil
	}
	return l.catchUp(ctx)
}
