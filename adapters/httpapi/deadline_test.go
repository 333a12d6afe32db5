package httpapi

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestADeadlineEndsAtItsTimeOrWithItsParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, leave := context.WithCancel(context.Background())
		d := &deadline{parent: parent, at: time.Now().Add(time.Second)}
		at, ok := d.Deadline()
		require.True(t, ok)
		require.Equal(t, d.at, at)
		require.NoError(t, d.Err())
		require.False(t, d.started, "a look starts no timer")
		<-d.Done()
		require.ErrorIs(t, d.Err(), context.DeadlineExceeded)
		d.end()

		d = &deadline{parent: parent, at: time.Now().Add(time.Second)}
		time.Sleep(2 * time.Second) // without a look
		leave()                     // as net/http does when it could not read on
		require.ErrorIs(t, d.Err(), context.DeadlineExceeded)
		d.end()

		d = &deadline{parent: parent, at: time.Now().Add(time.Second)}
		<-d.Done()
		require.ErrorIs(t, d.Err(), context.Canceled)
		d.end()

		d = &deadline{parent: context.Background()}
		_, ok = d.Deadline()
		require.False(t, ok)
		require.NoError(t, d.Err(), "no time is no end")
		d.end()

		d = &deadline{parent: context.Background(), at: time.Now().Add(time.Second)}
		d.end()
		require.Error(t, d.Err(), "the request has ended without a timer")
	})
}
