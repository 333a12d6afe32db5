package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
)

func TestTheStoreOfClosedReservationsHasThemInItsIndex(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	require.NoError(t, writeClosed(data, 250))
	index, err := queryindex.Open(filepath.Join(data, "index", "closed"))
	require.NoError(t, err)
	defer func() { _ = index.Close() }()
	require.EqualValues(t, 250, index.Status().Entries)
	require.EqualValues(t, 3, index.Mark().Position, "each commit has 100")
	for n := range 10 {
		r := nthClosed(n, time.Now())
		require.NoError(t, r.Check())
		require.False(t, r.Open())
	}
}
