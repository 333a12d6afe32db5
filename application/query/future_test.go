package query

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestATimeThatHasNotComeIsNoPast(t *testing.T) {
	now := time.Now()
	require.NoError(t, Past{AsOf: now}.known(now))
	require.NoError(t, Past{Version: 1}.known(now))
	future, ok := errors.AsType[*FutureError](Past{AsOf: now.Add(time.Microsecond)}.known(now))
	require.True(t, ok)
	require.Equal(t, now, future.Now)
}
