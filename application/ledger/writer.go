package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/ports"
)

// writer appends commits to the log.
type writer struct{ store ports.EventStore }

// append appends commits while the leases that they were decided under are held.
func (w *writer) append(lease *batchLease, commits []ports.Commit) ([]ports.Appended, error) {
	if len(commits) == 0 {
		return nil, nil
	}
	if err := lease.valid(); err != nil {
		return nil, err
	}
	fates, err := w.store.Append(lease.context(), commits)
	if errors.Is(err, context.Canceled) {
		err = ports.ErrLeaseLost // nothing else ends that context
	}
	if err != nil {
		return nil, fmt.Errorf("append commit: %w", err)
	}
	return fates, nil
}
