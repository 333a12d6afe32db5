package eventstoretest

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func testLostOutcome(t *testing.T, s Subject) {
	if s.LoseOutcome == nil {
		return
	}
	ctx := context.Background()
	mustAppend(t, s.Store, commit(fact("before", 1)))
	for written := range 4 {
		commits := make([]ports.Commit, 3)
		for i := range commits {
			commits[i] = commit(fact(event.StreamID(fmt.Sprint("lost-", written, "-", i)), 1))
			commits[i].ID = fmt.Sprint("id-", written, "-", i)
		}
		before := s.Store.Head().Position
		s.LoseOutcome(written, 2)
		_, err := s.Store.Append(ctx, commits)
		require.ErrorIs(t, err, ports.ErrOutcomeUnknown)

		other := commit(fact("other", event.Version(written+1)))
		for range 2 {
			_, err = s.Store.Append(ctx, []ports.Commit{other})
			require.ErrorIs(t, err, ports.ErrUnavailable, "no commits are taken until the outcome is known")
			_, err = s.Store.CatchUp(ctx)
			require.ErrorIs(t, err, ports.ErrUnavailable)
			require.NotErrorIs(t, err, ports.ErrFailed, "the store will find out")
		}
		_, err = s.Store.CatchUp(ctx)
		require.NoError(t, err)
		durable := func() {
			t.Helper()
			for i, c := range commits {
				found, known, err := s.Store.CommitByID(ctx, c.ID, before)
				require.NoError(t, err)
				require.Equal(t, i < written, known, "commit %d of %d that were written", i, written)
				if known {
					require.Equal(t, before+event.Position(i+1), found.Position)
					require.Equal(t, c.Events, found.Events)
				}
			}
		}
		durable()
		require.Len(t, feed(t, s.Store, before), written)
		mustAppend(t, s.Store, other)
		durable()
		for i, c := range commits {
			if err := appendOne(t, s.Store, c); i < written {
				require.ErrorAs(t, err, new(*ports.ConflictError), "it is there")
			} else {
				require.NoError(t, err, "it is not there, and never comes")
			}
		}
	}
}
