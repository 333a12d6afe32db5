package projection_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/ports"
)

func TestAGroup(t *testing.T) {
	inBubble(t, "starts, finds, pauses and stops its runners by name", func(o *outside) {
		id := poisoned(o, refuses)
		g := projection.NewGroup()
		view := o.runner()
		p := &receiver{o: o}
		other := o.runner(publishing(p, func(opts *projection.Options) { opts.Name = "other" }))
		require.NoError(o, g.Add(view))
		require.Error(o, g.Add(o.runner()), "names are unique")
		g.Start()
		require.NoError(o, g.Add(other))
		time.Sleep(time.Minute)
		require.NoError(o, g.Pause(ctx, "other"))
		states := map[string]projection.State{}
		for _, s := range g.Status(ctx) {
			states[s.Name] = s.State
		}
		require.Equal(o, map[string]projection.State{viewName: projection.Running, "other": projection.Paused}, states)
		require.NoError(o, g.Resume(ctx, ""))
		require.NoError(o, g.Sync(ctx, ""))
		for _, unknown := range []error{g.Pause(ctx, "x"), g.Rebuild(ctx, ""), g.Remove(ctx, "x")} {
			require.ErrorIs(o, unknown, projection.ErrUnknownProjection)
		}
		for _, name := range []string{"", "x", "view-1", "-00000000000000000001-00000", "view-1-0"} {
			require.ErrorIs(o, g.Redrive(ctx, name), projection.ErrNotFound, name)
			require.ErrorIs(o, g.Discard(ctx, name, projection.By{}), projection.ErrNotFound, name)
		}
		require.ErrorIs(o, g.Redrive(ctx, "x-00000000000000000001-00000"), projection.ErrUnknownProjection)
		require.NoError(o, g.Discard(ctx, letterID(id), projection.By{}))
		o.mend()
		require.NoError(o, g.Redrive(ctx, ports.DeadLetterID("other", id)))
		require.NoError(o, g.Remove(ctx, "other"))
		require.NoError(o, g.Rebuild(ctx, viewName))
		synctest.Wait()
		require.NoError(o, g.Stop(ctx))
		require.ErrorIs(o, g.Add(other), projection.ErrStopped)
	})
}
