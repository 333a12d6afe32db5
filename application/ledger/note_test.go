package ledger_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func givenUp(id string) ledger.Note {
	fact := deadletter.Deleted{Projection: "view", Position: 1}
	return ledger.Note{Actor: "ann", RequestID: "r", Event: ports.Event{
		Stream: deadletter.Stream(id), Version: 1, Type: deadletter.DeletedV1, Data: fact.AppendJSON(nil),
	}}
}

func TestANote(t *testing.T) {
	inBubble(t, func(f *fixture) {
		ctx := context.Background()
		f.must(adjust(10, a))
		require.NoError(t, f.Note(ctx, givenUp("view-1-0")))
		f.must(adjust(1, a))
		require.Equal(t, event.Position(3), f.Position(), "positions have no gap for readers")
		require.Equal(t, int64(11), f.onHand(a), "no number depends on it")
		require.ErrorAs(t, f.Note(ctx, givenUp("view-1-0")), new(*ports.ConflictError), "it is written once")
		for c, err := range f.store.Commits(ctx, 1) {
			require.NoError(t, err)
			require.Equal(t, "ann", c.Actor)
			require.Equal(t, "r", c.RequestID)
			require.Equal(t, c.Time, c.Events[0].Time)
			break
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		require.ErrorIs(t, f.Note(ended, givenUp("view-2-0")), context.Canceled)
		require.NoError(t, f.Close(ctx))
		require.ErrorIs(t, f.Note(ctx, givenUp("view-3-0")), ledger.ErrClosed)
		require.Equal(t, event.Position(3), f.store.Head().Position)
	})
}
