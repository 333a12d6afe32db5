package projection_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/ports"
)

func TestARedriveThatFails(t *testing.T) {
	inBubble(t, "returns the cause, and the dead letter stays with one more attempt", func(o *outside) {
		id := poisoned(o, refuses)
		r := o.start()
		time.Sleep(time.Minute)
		var failed *projection.RedriveError
		require.ErrorAs(o, r.Redrive(ctx, id), &failed)
		require.Equal(o, len(delays)+2, failed.Letter.Attempts)
		require.ErrorContains(o, failed, "poisoned")
		require.Equal(o, []string{letterID(id)}, o.letterIDs())
		o.stop(r)
	})
	inBubble(t, "is no attempt if the log cannot be read", func(o *outside) {
		id := poisoned(o, refuses)
		r := o.start()
		time.Sleep(time.Minute)
		require.NoError(o, o.log.Close())
		var failed *projection.RedriveError
		err := r.Redrive(ctx, id)
		require.Error(o, err)
		require.NotErrorAs(o, err, &failed)
		o.log.Reopen()
		o.stop(r)
	})
	inBubble(t, "at a later event of the stream removes the dead letter and makes another", func(o *outside) {
		id := poisoned(o, refuses)
		r := o.start()
		time.Sleep(time.Minute)
		later := ports.EventID{Position: 5}
		o.mend()
		o.spoil(later, refuses)
		require.NoError(o, r.Redrive(ctx, id))
		require.Empty(o, o.letterIDs())
		time.Sleep(time.Minute)
		require.Equal(o, []string{letterID(later)}, o.letterIDs())
		require.Equal(o, int64(12), view(r).Get("a").Totals.OnHand)
		o.mend()
		require.NoError(o, r.Redrive(ctx, later))
		o.agrees(r)
		o.stop(r)
	})
}
