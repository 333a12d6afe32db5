package ledger

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

func TestWhatOthersWriteComesBetweenDecisionsAndNotInto(t *testing.T) {
	log := memory.NewEventStore(time.Minute, time.Now)
	clock := NewClock(func() (time.Time, time.Duration) { return time.Now(), 0 }, func(ports.Incident) {})
	l := New(log, log, clock, func() string { return "id" }, Options{})
	require.NoError(t, l.Open(context.Background()))
	held := false
	_, err := l.Execute(context.Background(), Request{
		Keys:   Keys{Items: []stock.Key{{Store: "S1", SKU: "a"}}},
		DryRun: true,
		Decide: func(*Tx) (Result, error) {
			if held = !l.tailer.folding.TryLock(); !held { // as the fold of a commit does
				l.tailer.folding.Unlock()
			}
			return nil, nil //nolint:nilnil // the command has no answer
		},
	})
	require.NoError(t, err)
	require.True(t, held)
	require.NoError(t, l.Close(context.Background()))
}
